"""requests: create a session, show it, end it."""

import os
import uuid

import requests

API, AUTH_ID, AUTH_TOKEN = (os.environ[name] for name in ("API", "AUTH_ID", "AUTH_TOKEN"))
# What the session is for, such as an order. The same key and body again give the same session,
# which makes it safe to repeat a create.
ORDER = f"order-{uuid.uuid4()}"

masking = requests.Session()
masking.auth = (AUTH_ID, AUTH_TOKEN)
sessions = f"{API}/v1/Account/{AUTH_ID}/Masking/Session/"

answer = masking.post(
    sessions,
    json={
        "first_party": "+12025550101",
        "second_party": "+12025550102",
        "session_expiry": 1800,
        "sticky": True,
        "virtual_number_strategy": "per_party",
        "on_exhaustion": ["any_country"],
    },
    headers={"Idempotency-Key": ORDER},
    timeout=10,
)
if not answer.ok:
    raise SystemExit(f"{answer.json()['error_code']}: {answer.json()['error']}")
session_uuid = answer.json()["session_uuid"]


def end(session_uuid: str) -> None:
    """End a session. One that is over already, by its time or by an earlier end, counts as done."""
    answer = masking.delete(f"{sessions}{session_uuid}/", timeout=10)
    told = answer.json()
    if not answer.ok and told["error_code"] != "session_expired":
        raise SystemExit(f"{told['error_code']}: {told['error']}")
    print("ended" if answer.ok else "over already")


shown = masking.get(f"{sessions}{session_uuid}/", timeout=10).json()["response"]
print(shown["status"], shown["virtual_number"], session_uuid)
end(session_uuid)
end(session_uuid)
