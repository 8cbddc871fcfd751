"""One package per carrier: its webhooks, its signature, its language for a CallPlan, its API.

Nobody but `carrier` names one, and everybody else knows them by `adapter.Carrier` alone. A package
is imported when a call or an account first asks for it: a cold start pays for no other carrier.
"""

from functools import cache
from importlib import import_module

from maskline.carriers.adapter import Carrier

NAMES = ("jambonz", "plivo", "signalwire", "telnyx", "twilio", "vonage")
# Where a number is rented if the client does not say: the API that clients know is this carrier's.
DEFAULT = "plivo"


class UnknownCarrierError(Exception):
    """There is no adapter of that name."""


@cache
def carrier(name: str) -> Carrier:
    """Return the adapter of a carrier. Raises UnknownCarrierError."""
    if name not in NAMES:
        raise UnknownCarrierError
    found: Carrier = import_module(f"maskline.carriers.{name}").CARRIER
    return found
