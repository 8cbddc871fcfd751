"""Requests of the API about an account's carriers, beside those about its numbers."""

from maskline.api.errors import UnknownResourceError
from maskline.api.http import ApiRequest, Response, json_response
from maskline.api.numbers.carriers import (
    carrier_health,
    carrier_list,
    carrier_retrieved,
    health_warnings,
    require_main_account,
)
from maskline.domain.accounts import Client
from maskline.services.numbers import carriers


def answer_about_carriers(request: ApiRequest, client: Client) -> Response:
    """List the carriers, show one, or take a word on one."""
    require_main_account(client)
    match request.method, request.path("carrier"):
        case "GET", "":
            states = carriers.list_carriers(client)
            return json_response(200, carrier_list(request.api_id, states, client.path_id))
        case "GET", name:
            state = carriers.get_carrier(client, name)
            return json_response(200, carrier_retrieved(request.api_id, state, client.path_id))
        case "POST", name:
            body = request.json_object()
            carriers.set_carrier_health(client, name, carrier_health(body))
            changed = {"api_id": request.api_id, "message": "changed"}
            return json_response(202, {**changed, **health_warnings(body)})
    raise UnknownResourceError
