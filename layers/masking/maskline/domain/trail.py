"""Entries of the audit trail: who did what to which session. They hold no number and no secret."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum

from maskline.domain.accounts import Client, Origin
from maskline.domain.sessions.session import Role, Session, Settings


class Action(StrEnum):
    """The action that an entry records.

    REPEATED: a create under a known idempotency key showed its session again. EXPLAINED: why one of
    its calls went where it went.
    """

    CREATED = "created"
    REPEATED = "repeated"
    READ = "read"
    LISTED = "listed"
    EXPLAINED = "explained"
    CHANGED = "changed"
    ENDED = "ended"
    REPLACEMENT_ORDERED = "replacement_ordered"
    NUMBER_REPLACED = "number_replaced"
    ERASURE_ORDERED = "erasure_ordered"
    ERASED = "erased"


class Function(StrEnum):
    """The functions that act without a client: each carries out what a request ordered."""

    REPLACE_NUMBERS = "replace_numbers"
    CARRY_OUT_ERASURES = "carry_out_erasures"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done, and took effect.

    `entry_id` is the same whenever the same thing is written again. `origin` is the request that
    did it, or that ordered it where a `function` did. `fields` are the public names of what a
    change set; `expires_at` is the end of the session from then on. `action` is an Action or, of an
    entry that a later release wrote, a word of its own.
    """

    account_id: str
    entry_id: str
    at: int
    action: str
    origin: Origin
    subaccount_id: str = ""
    function: str = ""
    sessions: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    expires_at: int | None = None


def seen(client: Client, action: Action, session_uuids: Iterable[str] = ()) -> Entry:
    """A client was shown sessions, or gave an order, which names none."""
    return Entry(
        account_id=client.owner_id,
        entry_id=client.origin.request_id,
        at=client.origin.at,
        action=action,
        origin=client.origin,
        subaccount_id=client.subaccount_id,
        sessions=tuple(session_uuids),
    )


def done(client: Client, action: Action, session: Session, changed: Iterable[str] = ()) -> Entry:
    """A client wrote a session, which is as given from then on."""
    entry = seen(client, action, [session.session_uuid])
    return replace(entry, fields=tuple(sorted(changed)), expires_at=session.expires_at)


def carried_out(function: Function, action: Action, written: Session, *, origin: Origin) -> Entry:
    """A function wrote a session, as it is given; `origin` is the request that ordered it, now.

    No version is written twice, so session and version name the entry.
    """
    return Entry(
        account_id=written.account_id,
        entry_id=f"{written.session_uuid}.{written.version}",
        at=origin.at,
        action=action,
        origin=origin,
        subaccount_id=written.subaccount_id,
        function=function,
        sessions=(written.session_uuid,),
        expires_at=written.expires_at,
    )


def changed_fields(before: Session, after: Session) -> set[str]:
    """The public names of what an update changed."""
    old, new = before.settings, after.settings
    names = {
        one.name.removesuffix("_seconds")
        for one in fields(Settings)
        if getattr(old, one.name) != getattr(new, one.name)
    }
    names |= {f"{role}_party" for role in Role if before.party(role) != after.party(role)}
    numbers = [[one.virtual_number(role) for role in Role] for one in (before, after)]
    names |= {"virtual_number"} if numbers[0] != numbers[1] else set()
    return names | ({"session_expiry"} if before.expires_at != after.expires_at else set())


def shown_at(at: int) -> str:
    """An instant for people to read."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
