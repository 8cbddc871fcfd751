"""/v1/Account/{auth_id}/Number[/{number}] and …/Carrier[/{carrier}]: manage virtual numbers."""

from maskline.api.errors import UnknownResourceError
from maskline.api.http import ApiRequest, Response, api_handler, empty_response, json_response
from maskline.api.numbers.request import (
    addition_warnings,
    change_warnings,
    number_change,
    number_in_path,
    numbers_to_add,
    require_main_account,
    select_numbers,
)
from maskline.api.numbers.response import number_list, number_retrieved, numbers_added
from maskline.api.pagination import page_request
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.carriers import answer_about_carriers
from maskline.entry.startup import prepare
from maskline.services.numbers import manage as manage_numbers
from maskline.store.accounts.accounts import get_account, get_carrier_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    if "Carrier" in request.resource.split("/"):
        return answer_about_carriers(request, client)
    if request.method != "GET":
        require_main_account(client)
    match request.method, request.path("number"):
        case "POST", "":
            body = request.json_object()
            added = numbers_to_add(
                body, client, get_account=get_account, get_carrier_account=get_carrier_account
            )
            results = manage_numbers.add_numbers(client, added)
            answer = numbers_added(request.api_id, results)
            return json_response(202, {**answer, **addition_warnings(body)})
        case "GET", "":
            page = page_request(request.query)
            found = select_numbers(manage_numbers.list_numbers(client), request.query)
            return json_response(200, number_list(request.api_id, found, page, client.path_id))
        case "GET", number:
            shown = manage_numbers.get_number(client, number_in_path(number))
            return json_response(200, number_retrieved(request.api_id, shown, client.path_id))
        case "POST", number:
            body = request.json_object()
            change = number_change(body, client, get_account=get_account)
            manage_numbers.update_number(client, number_in_path(number), change)
            changed = {"api_id": request.api_id, "message": "changed"}
            return json_response(202, {**changed, **change_warnings(body)})
        case "DELETE", number:
            manage_numbers.release_number(client, number_in_path(number))
            return empty_response(204)
    raise UnknownResourceError


prepare(fetch_secret)
