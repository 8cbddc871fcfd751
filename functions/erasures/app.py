"""/v1/Account/{auth_id}/Masking/Erasure[/{erasure_id}]: order an erasure, and see how far it is."""

from maskline.api.erasures import (
    erasure_object,
    erasure_warnings,
    number_to_erase,
    require_main_account,
)
from maskline.api.errors import UnknownResourceError
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.shapes import ErasureOrdered
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.startup import prepare
from maskline.services.erase_person import get_erasure, order_erasure
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    match request.method:
        case "POST":
            return _order(request, client)
        case "GET":
            return _show(request, client)
    raise UnknownResourceError


def _order(request: ApiRequest, client: Client) -> Response:
    body = request.json_object()
    number = number_to_erase(body, client)
    ordered = order_erasure(client, number)
    answer: ErasureOrdered = {
        "api_id": request.api_id,
        "message": "Erasure ordered",
        "erasure_id": ordered.order.erasure_id,
        "salt": ordered.salt,
        **erasure_warnings(body, number),
    }
    return json_response(202, answer)


def _show(request: ApiRequest, client: Client) -> Response:
    require_main_account(client)
    order = get_erasure(client, request.path("erasure_id"))
    return json_response(200, erasure_object(order, request.api_id))


prepare(fetch_secret)
