"""GET /v1/Account/{auth_id}/Masking/Erasure/{erasure_id}: an erasure and its receipt."""

from maskline.api.erasures import erasure_object, require_main_account
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.erase_person import get_erasure
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    require_main_account(caller)
    order = get_erasure(caller, request.path("erasure_id"))
    return json_response(200, erasure_object(order, request.api_id))


prepare(fetch_secret)
