"""POST /v1/Account/{auth_id}/Masking/Erasure: erase everything of a person."""

from maskline.api.erasures import number_to_erase
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.shapes import ErasureOrdered
from maskline.domain.accounts import Caller
from maskline.entry.startup import prepare
from maskline.secrets import fetch_secret
from maskline.services.erase_person import order_erasure
from maskline.store.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, caller: Caller) -> Response:
    ordered = order_erasure(caller, number_to_erase(request.json_object(), caller))
    answer: ErasureOrdered = {
        "api_id": request.api_id,
        "message": "Erasure ordered",
        "erasure_id": ordered.order.erasure_id,
        "salt": ordered.salt,
    }
    return json_response(202, answer)


prepare(fetch_secret)
