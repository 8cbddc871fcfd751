"""POST /v1/Account/{auth_id}/Masking/Session/{session_uuid}: change a live session's settings."""

from maskline import clock, config
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.sessions.request import SENT_WITH_UPDATES, Creation, session_change
from maskline.api.sessions.response import session_object
from maskline.api.shapes import SessionUpdated
from maskline.api.warnings import carrier_warnings, unknown_parameters, warned
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.call_links import call_urls
from maskline.entry.startup import prepare
from maskline.services.sessions.update import update_session
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    deployment = config.settings().reached_at(request.headers.get("host", ""))
    body = request.json_object()
    change = session_change(body, deployment=deployment)
    view = update_session(client, request.path("session_uuid"), change)
    session = session_object(
        view.session,
        view.interactions,
        now=clock.now_ms(),
        call_url=call_urls(client.owner_id),
    )
    unknown = unknown_parameters(body, Creation, expected=SENT_WITH_UPDATES)
    answer: SessionUpdated = {
        "api_id": request.api_id,
        "message": "Session updated",
        "session": session,
        **warned([*unknown, *carrier_warnings(view.session)]),
    }
    return json_response(200, answer)


prepare(fetch_secret)
