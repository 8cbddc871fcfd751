"""Plivo's Python SDK, talking to Maskline only: create a session, show it, end it."""

import os
import uuid
from typing import Any
from urllib.parse import urlsplit

import plivo
from plivo.exceptions import PlivoRestError
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

API, AUTH_ID, AUTH_TOKEN = (os.environ[name] for name in ("API", "AUTH_ID", "AUTH_TOKEN"))
# What the session is for, such as an order. The same key and body again give the same session,
# which makes it safe to repeat a create.
ORDER = f"order-{uuid.uuid4()}"


class RefusedError(PlivoRestError):
    """An answer of 4xx: compare `error_code`; the message is for people."""

    def __init__(self, told: dict[str, str]) -> None:
        self.error_code = told["error_code"]
        self.field = told.get("field")
        super().__init__(f"{self.error_code}: {told['error']}")


class ToMaskline(HTTPAdapter):
    """Send every request to Maskline, whichever host the SDK means."""

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        parts = urlsplit(request.url or "")
        request.url = API + parts._replace(scheme="", netloc="").geturl()
        answer = super().send(request, *args, **options)
        # The SDK would keep the sentence alone. A 5xx is left to it, since it repeats those.
        if 400 <= answer.status_code < 500:
            raise RefusedError(answer.json())
        return answer


client = plivo.RestClient(AUTH_ID, AUTH_TOKEN)
for session in (client.session, client.multipart_session):
    session.mount("https://", ToMaskline())
    session.mount("http://", ToMaskline())


def end(session_uuid: str) -> None:
    """End a session. One that is over already, by its time or by an earlier end, counts as done."""
    try:
        client.masking_sessions.delete_masking_session(session_uuid=session_uuid)
    except RefusedError as refused:
        if refused.error_code != "session_expired":
            raise
        print("over already")
    else:
        print("ended")


# The SDK's own methods, with its own parameters.
created = client.masking_sessions.create_masking_session(
    first_party="+12025550101", second_party="+12025550102", session_expiry=1800
)
session_uuid = created.session_uuid
shown = client.masking_sessions.get_masking_session(session_uuid=session_uuid).response
print(shown["status"], shown["virtual_number"], session_uuid)
end(session_uuid)
end(session_uuid)

# Parameters that Plivo's product does not have, and a key that makes it safe to repeat.
request = client.create_request(
    "POST",
    ("Masking", "Session"),
    {
        "first_party": "+12025550101",
        "second_party": "+12025550102",
        "sticky": True,
        "virtual_number_strategy": "per_party",
        "on_exhaustion": ["any_country"],
    },
)
request.headers["Idempotency-Key"] = ORDER
created = client.process_response("POST", client.send_request(request))
shown = created.session
print(shown["sticky"], shown["virtual_number_strategy"], shown["on_exhaustion"])
end(created.session_uuid)
