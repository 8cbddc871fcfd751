"""Requests about an account's carriers, and carriers as the API shows them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from maskline.api import fields
from maskline.api.fields import Body
from maskline.api.numbers.request import MAX_GRACE_SECONDS
from maskline.api.numbers.shapes import CarrierList, CarrierObject, CarrierRetrieved
from maskline.api.shapes import WarningsPart
from maskline.api.warnings import unknown_parameters, warned
from maskline.domain.accounts import Client
from maskline.domain.errors import InvalidParameterError
from maskline.domain.numbers.carriers import CarrierHealth, CarrierState
from maskline.domain.numbers.pool import NumberHealth


class HealthChange(Body):
    """A word on a carrier. Of a number, the grace has the name that is understood here, too."""

    aliases: ClassVar[Mapping[str, str]] = {"replacement_grace": "grace_seconds"}

    health: Annotated[NumberHealth, fields.choice(NumberHealth)]
    grace_seconds: Annotated[int | None, fields.integer_between(1, MAX_GRACE_SECONDS)] = None


def require_main_account(client: Client) -> None:
    """Raise InvalidParameterError for a subaccount: the main account has the carriers."""
    if client.subaccount_id:
        raise InvalidParameterError("auth_id", "Carriers are those of the main account only")


def carrier_health(body: Mapping[str, object]) -> CarrierHealth:
    """The word on a carrier that a body has. Raises InvalidParameterError."""
    wanted = fields.validated(HealthChange, fields.canonical(body, HealthChange))
    if wanted.grace_seconds and wanted.health is not NumberHealth.UNHEALTHY:
        raise fields.invalid("grace_seconds", "needs health unhealthy")
    return CarrierHealth(wanted.health, wanted.grace_seconds)


def health_warnings(body: Mapping[str, object]) -> WarningsPart:
    """Warn of what a change asked for and did not get."""
    return warned(unknown_parameters(body, HealthChange))


def carrier_object(state: CarrierState, path_id: str) -> CarrierObject:
    """A carrier, keys in alphabetical order."""
    return {
        "carrier": state.name,
        "health": state.health.value,
        "is_at_least": state.is_at_least,
        "live_sessions": state.live_sessions,
        "numbers": state.numbers,
        "resource_uri": f"/v1/Account/{path_id}/Carrier/{state.name}/",
    }


def carrier_retrieved(api_id: str, state: CarrierState, path_id: str) -> CarrierRetrieved:
    """A carrier as the answer to a request for it."""
    return {"api_id": api_id, **carrier_object(state, path_id)}


def carrier_list(api_id: str, states: list[CarrierState], path_id: str) -> CarrierList:
    """All of them: they are few, so there are no pages."""
    return {"api_id": api_id, "objects": [carrier_object(state, path_id) for state in states]}
