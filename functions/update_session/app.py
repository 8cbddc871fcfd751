"""POST /v1/Account/{auth_id}/Masking/Session/{session_uuid}: change a live session's settings."""

from maskline import clock, config
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.session_requests import session_change
from maskline.api.session_responses import session_object
from maskline.api.shapes import SessionUpdated
from maskline.domain.accounts import Caller
from maskline.entry.call_links import call_urls
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.update_session import update_session
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    deployment = config.settings().reached_at(request.headers.get("host", ""))
    change = session_change(request.json_object(), deployment=deployment)
    view = update_session(caller, request.path("session_uuid"), change)
    session = session_object(
        view.session,
        view.interactions,
        now=clock.now_ms(),
        call_url=call_urls(caller.owner_id),
    )
    answer: SessionUpdated = {
        "api_id": request.api_id,
        "message": "Session updated",
        "session": session,
    }
    return json_response(200, answer)


prepare(fetch_secret)
