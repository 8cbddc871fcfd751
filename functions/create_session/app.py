"""POST /v1/Account/{auth_id}/Masking/Session: create a session."""

from maskline import config
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.sessions.request import Creation, idempotency_key, session_request
from maskline.api.sessions.response import ladder_part, session_object
from maskline.api.shapes import SessionCreated
from maskline.api.warnings import carrier_warnings, unknown_parameters, warned
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.startup import prepare
from maskline.services.sessions.create import create_session
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    body = request.json_object()
    deployment = config.settings().reached_at(request.headers.get("host", ""))
    created = create_session(
        client,
        session_request(body, client, deployment=deployment, get_account=get_account),
        idempotency=idempotency_key(request.headers, body, client),
    )
    session = created.session
    answer: SessionCreated = {
        "api_id": created.api_id,
        "session_uuid": session.session_uuid,
        "virtual_number": session.first_virtual_number,
        "message": "Session created",
        **ladder_part(session),
        # As of its creation: a repeated request gets the first answer, whatever happened since.
        "session": session_object(session, (), now=session.created_at),
        **warned([*unknown_parameters(body, Creation), *carrier_warnings(session)]),
    }
    return json_response(201, answer)


prepare(fetch_secret)
