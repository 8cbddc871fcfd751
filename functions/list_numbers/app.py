"""GET /v1/Account/{auth_id}/Number: list the virtual numbers of the account's pool."""

from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.number_requests import select_numbers
from maskline.api.number_responses import number_object, numbers_path
from maskline.api.pagination import page_request
from maskline.api.shapes import NumberList
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.manage_numbers import list_numbers
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    page = page_request(request.query)
    found = select_numbers(list_numbers(caller), request.query)
    shown = found[page.offset : page.offset + page.limit]
    answer: NumberList = {
        "api_id": request.api_id,
        "meta": page.meta(numbers_path(caller.path_id), len(found)),
        "objects": [number_object(number, caller.path_id) for number in shown],
    }
    return json_response(200, answer)


prepare(fetch_secret)
