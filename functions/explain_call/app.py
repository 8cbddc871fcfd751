"""GET /v1/Account/{auth_id}/Masking/Call/{call_uuid}: why a call went where it went.

The same at …/Masking/Session/{session_uuid}/Interaction/{call_uuid}, for a call of that session.
"""

from maskline.api.call_responses import call_object
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.explain_call import explain_call, explain_call_of_session
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    session_uuid, call_uuid = request.path("session_uuid"), request.path("call_uuid")
    if session_uuid:
        explanation = explain_call_of_session(caller, session_uuid, call_uuid)
    else:
        explanation = explain_call(caller, call_uuid)
    return json_response(200, call_object(explanation, request.api_id))


prepare(fetch_secret)
