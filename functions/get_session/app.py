"""GET /v1/Account/{auth_id}/Masking/Session/{session_uuid}: retrieve a session."""

from maskline import clock
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.sessions.response import session_object
from maskline.api.shapes import SessionRetrieved
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.call_links import call_urls
from maskline.entry.startup import prepare
from maskline.services.sessions.read import get_session
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    view = get_session(client, request.path("session_uuid"))
    session = session_object(
        view.session,
        view.interactions,
        now=clock.now_ms(),
        call_url=call_urls(client.owner_id),
    )
    answer: SessionRetrieved = {"api_id": request.api_id, "response": session}
    return json_response(200, answer)


prepare(fetch_secret)
