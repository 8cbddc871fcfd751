"""POST /v1/Account/{auth_id}/Number: put virtual numbers into the account's pool."""

from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.number_requests import numbers_to_add, require_main_account
from maskline.api.number_responses import added_numbers
from maskline.api.shapes import NumbersAdded
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.manage_numbers import add_numbers
from maskline.store.accounts import get_account, get_carrier_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    require_main_account(caller)
    numbers = numbers_to_add(
        request.json_object(),
        caller,
        get_account=get_account,
        get_carrier_account=get_carrier_account,
    )
    results = added_numbers(add_numbers(caller, numbers))
    answer: NumbersAdded = {"api_id": request.api_id, "message": "changed", "numbers": results}
    return json_response(202, answer)


prepare(fetch_secret)
