"""Orders to place a call, as every carrier's API takes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.gateway.messages import HttpResponse
from local.phone.dialect import RefusedOrderError

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi


@dataclass(frozen=True)
class NotPlaced:
    """A carrier's answers to an order that it does not follow.

    `invalid` is told what is wrong; `refused` is for a number that is none; `lost` leaves open
    whether the call is placed.
    """

    invalid: Callable[[str], HttpResponse]
    refused: HttpResponse
    lost: HttpResponse


def place(params: Mapping[str, Any], api: "CarrierApi", answers: NotPlaced) -> str | HttpResponse:
    """Place a call and return its id, or the answer that says why not."""
    try:
        order = api.dialect.order(params)
    except RefusedOrderError as error:
        return answers.invalid(str(error))
    match api.placing.request(order):
        case "refused":
            return answers.refused
        case "lost":
            return answers.lost
        case call:
            return call
