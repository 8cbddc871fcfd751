"""Literal HTTP requests: nothing is added, followed or repeated that a test did not ask for."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

# Behind /v1/Account/{auth_id}.
COLLECTION = "/Masking/Session"


@dataclass(frozen=True)
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])


def exchange(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request, as it stands, and its answer."""
    parts = urlsplit(url)
    # The target as given: urlsplit drops a bare "?", which one client sends.
    target = url.partition(parts.netloc)[2] or "/"
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Client:
    """The REST API as one account or subaccount; paths start behind /v1/Account/{auth_id}."""

    api: str
    auth_id: str
    auth_token: str

    @property
    def base_path(self) -> str:
        return f"/v1/Account/{self.auth_id}"

    def on_path_of(self, auth_id: str) -> "OtherPathClient":
        """The same credentials on the path of another account."""
        return OtherPathClient(self.api, self.auth_id, self.auth_token, auth_id)

    def having_token(self, auth_token: str) -> "Client":
        return replace(self, auth_token=auth_token)

    def send(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`content` goes out as JSON, bytes as they are, None as no body."""
        body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        typed = {} if body is None else {"Content-Type": "application/json"}
        return exchange(
            method,
            f"{self.api}{self.base_path}{path}",
            body=body,
            headers={"Authorization": self.authorization, **typed, **(headers or {})},
        )

    @property
    def authorization(self) -> str:
        pair = f"{self.auth_id}:{self.auth_token}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def create(self, first: str, second: str, **parameters: Any) -> dict[str, Any]:
        """The `session` of a create that must succeed, with the number as it is dialled."""
        content = {"first_party": first, "second_party": second, **parameters}
        answer = self.send("POST", "/Masking/Session/", content)
        assert answer.status == 201, answer.text
        session: dict[str, Any] = answer.json["session"]
        return session

    def session(self, session_uuid: str) -> dict[str, Any]:
        """A session as it is retrieved."""
        answer = self.send("GET", f"/Masking/Session/{session_uuid}/")
        assert answer.status == 200, answer.text
        session: dict[str, Any] = answer.json["response"]
        return session

    def sessions(self, **filters: str) -> list[dict[str, Any]]:
        """The first page of a list."""
        answer = self.send("GET", f"/Masking/Session/?{urlencode(filters)}")
        assert answer.status == 200, answer.text
        objects: list[dict[str, Any]] = answer.json["response"]["objects"]
        return objects


@dataclass(frozen=True)
class OtherPathClient(Client):
    path_id: str

    @property
    def base_path(self) -> str:
        return f"/v1/Account/{self.path_id}"
