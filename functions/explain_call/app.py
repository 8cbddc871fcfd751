"""GET /v1/Account/{auth_id}/Masking/Call[/{call_uuid}]: why calls went where they went.

One call, or those to a virtual number. A call of a session is also found at
…/Masking/Session/{session_uuid}/Interaction/{call_uuid}.
"""

from maskline import clock
from maskline.api.calls import CallList, call_object, call_page, call_search
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.startup import prepare
from maskline.services.calls.explain import explain_call, explain_call_of_session, list_calls
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    session_uuid, call_uuid = request.path("session_uuid"), request.path("call_uuid")
    if session_uuid:
        explanation = explain_call_of_session(client, session_uuid, call_uuid)
    elif call_uuid:
        explanation = explain_call(client, call_uuid)
    else:
        return _list(request, client)
    return json_response(200, call_object(explanation, request.api_id))


def _list(request: ApiRequest, client: Client) -> Response:
    search = call_search(request.query, clock.now_ms())
    found, last = list_calls(client, search)
    path = f"/v1/Account/{client.path_id}/Masking/Call/"
    answer: CallList = {
        "api_id": request.api_id,
        "response": call_page(found, last, search, path),
    }
    return json_response(200, answer)


prepare(fetch_secret)
