"""DELETE /v1/Account/{auth_id}/Masking/Session/{session_uuid}: expire a session now."""

from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.shapes import Message
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.startup import prepare
from maskline.services.sessions.end import end_session
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    end_session(client, request.path("session_uuid"))
    answer: Message = {"api_id": request.api_id, "message": "Session expired"}
    return json_response(200, answer)


prepare(fetch_secret)
