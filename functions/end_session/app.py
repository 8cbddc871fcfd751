"""DELETE /v1/Account/{auth_id}/Masking/Session/{session_uuid}: expire a session now."""

from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.shapes import Message
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.end_session import end_session
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    end_session(caller, request.path("session_uuid"))
    answer: Message = {"api_id": request.api_id, "message": "Session expired"}
    return json_response(200, answer)


prepare(fetch_secret)
