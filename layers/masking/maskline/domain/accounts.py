"""Clients of the API, and the carrier accounts on which their calls run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maskline.domain.limits import AccountLimits
from maskline.domain.sessions.session import Strategy


@dataclass(frozen=True, slots=True)
class Account:
    """A main account or, with `parent_id`, a subaccount.

    Several tokens are valid while one is being rotated; callbacks are signed with each.
    Until `erasures_until` an event on its way may tell of somebody who was erased from its session.
    `pool_version` changes with every change to the account's numbers, and to its
    `unhealthy_carriers`, whose numbers take no new session. A subaccount is under the `limits` of
    its main account.
    """

    account_id: str
    auth_tokens: tuple[str, ...]
    parent_id: str = ""
    default_strategy: Strategy = Strategy.SHARED
    pool_version: int = 0
    limits: AccountLimits = field(default_factory=AccountLimits)
    erasures_until: int = 0
    unhealthy_carriers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """The request behind an act: its id and instant and, of a client's, whence and by what right.

    `credential` stands for the token that was shown, `credential_of` says whose it is: a main
    account may act as its subaccount.
    """

    request_id: str
    at: int
    source_ip: str = ""
    credential: str = ""
    credential_of: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """An authenticated API client: the account that owns everything, and the subaccount it is."""

    account: Account
    origin: Origin
    subaccount_id: str = ""

    @property
    def owner_id(self) -> str:
        """The main account, under which sessions and numbers are kept."""
        return self.account.account_id

    @property
    def path_id(self) -> str:
        """The id that stands in the client's URLs."""
        return self.subaccount_id or self.owner_id


@dataclass(frozen=True, slots=True)
class CarrierAccount:
    """An account of ours at a carrier: `auth_id` is its id there, `api_url` the carrier's API.

    `secrets` are named as the carrier names them. Each may have several values while it is rotated.
    """

    carrier: str
    account_id: str
    auth_id: str
    secrets: Mapping[str, tuple[str, ...]]
    api_url: str
