"""GET /v1/Account/{auth_id}/Number/{number}: retrieve a virtual number."""

from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.number_requests import number_in_path
from maskline.api.number_responses import number_object
from maskline.api.shapes import NumberRetrieved
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.manage_numbers import get_number
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    number = get_number(caller, number_in_path(request.path("number")))
    answer: NumberRetrieved = {
        "api_id": request.api_id,
        **number_object(number, caller.path_id),
    }
    return json_response(200, answer)


prepare(fetch_secret)
