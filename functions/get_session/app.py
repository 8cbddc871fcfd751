"""GET /v1/Account/{auth_id}/Masking/Session/{session_uuid}: retrieve a session."""

from maskline import clock
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.session_responses import session_object
from maskline.api.shapes import SessionRetrieved
from maskline.domain.accounts import Caller
from maskline.entry.call_links import call_urls
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.read_sessions import get_session
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    view = get_session(caller, request.path("session_uuid"))
    session = session_object(
        view.session,
        view.interactions,
        now=clock.now_ms(),
        call_url=call_urls(caller.owner_id),
    )
    answer: SessionRetrieved = {"api_id": request.api_id, "response": session}
    return json_response(200, answer)


prepare(fetch_secret)
