"""DELETE /v1/Account/{auth_id}/Number/{number}: take a retired virtual number out of the pool."""

from maskline.api.http import ApiRequest, Response, api_handler, empty_response
from maskline.api.number_requests import number_in_path, require_main_account
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.manage_numbers import release_number
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    require_main_account(caller)
    release_number(caller, number_in_path(request.path("number")))
    return empty_response(204)


prepare(fetch_secret)
