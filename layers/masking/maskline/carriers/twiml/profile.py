"""The differences between carriers that speak TwiML."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maskline.carriers import rest
from maskline.carriers.adapter import Bounds, within
from maskline.domain.accounts import CarrierAccount


@dataclass(frozen=True, slots=True)
class Profile:
    """One carrier of the family. Bounds are the fewest and the most seconds that it takes.

    `api_secret` names the secret that opens its API, at whose address the accounts are at
    `accounts_path`; `dot_json` ends the paths of calls and numbers there. `retries` ends our URLs:
    what it says is kept by the carrier. A Dial rings `extra_ring_seconds` longer than it says, and
    has `recording` among its attributes where the conversation is recorded. `has_formats`: the end
    of a recording's URL chooses its format; where it does not, the file is soon gone.
    `limits_placed_calls`: a call that is placed can be given a time limit.
    """

    accounts_path: str
    api_secret: str
    ring_seconds: Bounds
    talk_seconds: Bounds
    is_bearer: bool = False
    dot_json: str = ".json"
    retries: str = ""
    extra_ring_seconds: int = 0
    recording: Mapping[str, str] = field(default_factory=dict)
    has_formats: bool = True
    limits_placed_calls: bool = True

    def authorization(self, account: CarrierAccount) -> str:
        """Return the Authorization header of the carrier's API."""
        key = account.secrets[self.api_secret][0]
        return rest.bearer(key) if self.is_bearer else rest.basic(account.auth_id, key)

    def dial_seconds(self, wanted: int) -> int:
        """Return what a Dial says so that it rings as long as is wanted."""
        return within(self.ring_seconds, wanted - self.extra_ring_seconds)
