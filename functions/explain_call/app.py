"""GET /v1/Account/{auth_id}/Masking/Call/{call_uuid}: why a call went where it went.

The same at …/Masking/Session/{session_uuid}/Interaction/{call_uuid}, for a call of that session.
"""

from maskline.api.calls import call_object
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.startup import prepare
from maskline.services.calls.explain import explain_call, explain_call_of_session
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    session_uuid, call_uuid = request.path("session_uuid"), request.path("call_uuid")
    if session_uuid:
        explanation = explain_call_of_session(client, session_uuid, call_uuid)
    else:
        explanation = explain_call(client, call_uuid)
    return json_response(200, call_object(explanation, request.api_id))


prepare(fetch_secret)
