"""The carrier's Call API, as far as Maskline uses it: is this call alive?

The simulator may run in another process than the stack, so it announces its calls over HTTP.
"""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from tools.smoke.client import exchange

JsonAnswer = tuple[int, dict[str, Any]]


@dataclass
class LiveCalls:
    """The calls that are alive at the simulated carrier, by call uuid."""

    auth_id: str
    auth_token: str
    _calls: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self, call_uuid: str, call: Mapping[str, Any]) -> None:
        self._calls[call_uuid] = {
            "call_status": "in-progress",
            "call_uuid": call_uuid,
            "caller_name": "",
            "direction": "inbound",
            "from": str(call.get("from", "")).removeprefix("+"),
            "request_uuid": "",
            "session_start": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
            "to": str(call.get("to", "")).removeprefix("+"),
        }

    def remove(self, call_uuid: str) -> None:
        self._calls.pop(call_uuid, None)

    def answer(self, path: str, *, authorization: str, status: str) -> JsonAnswer:
        """`path` as in /v1/Account/{id}/Call/{uuid}/; `status` is the query's."""
        if not self.is_authorized("", authorization):
            return 401, {"api_id": str(uuid.uuid4()), "error": "authentication failed"}
        parts = path.strip("/").split("/")
        call = self._calls.get(parts[-1])
        is_known = parts[:-1] == ["v1", "Account", self.auth_id, "Call"] and status == "live"
        if call is None or not is_known:
            return 404, {"api_id": str(uuid.uuid4()), "error": "not found"}
        return 200, {"api_id": str(uuid.uuid4()), **call}

    def is_authorized(self, path: str, authorization: str) -> bool:
        """Tell if the credentials are the account's, and the path of /v1/Account/{id}/ too."""
        is_own_path = not path or path.strip("/").split("/")[:3] == ["v1", "Account", self.auth_id]
        return is_own_path and authorization == self._expected_authorization()

    def _expected_authorization(self) -> str:
        credentials = f"{self.auth_id}:{self.auth_token}".encode()
        return f"Basic {base64.b64encode(credentials).decode()}"


def announce(
    method: Literal["PUT", "DELETE"], url: str, uuid: str, content: Mapping[str, str]
) -> None:
    """Tell the local stack that a call or a recording is there (PUT) or no longer is (DELETE)."""
    exchange(method, f"{url.rstrip('/')}/{uuid}", content)
