"""POST /v1/Account/{auth_id}/Number/{number}: change, move or retire a virtual number."""

from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.number_requests import number_change, number_in_path, require_main_account
from maskline.api.shapes import Message
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.manage_numbers import update_number
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    require_main_account(caller)
    change = number_change(request.json_object(), caller, get_account=get_account)
    update_number(caller, number_in_path(request.path("number")), change)
    answer: Message = {"api_id": request.api_id, "message": "changed"}
    return json_response(202, answer)


prepare(fetch_secret)
