"""One attempt to deliver a callback, and what came of it."""

import ssl
from dataclasses import dataclass, field

from maskline import clock
from maskline.callbacks.attempts import FULL_SECONDS, asked_seconds
from maskline.callbacks.messages import CallbackMessage
from maskline.callbacks.signed_request import build_request
from maskline.callbacks.targets import guarded
from maskline.domain.sessions.callback_urls import ForbiddenTargetError, TargetRules
from maskline.observability import logger
from maskline.wire.outbound import HttpAnswer, Resolver, resolve, send


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `asked_seconds` is what the receiver wants us to wait, 0 if it did not say."""

    reason: str
    asked_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be sent as it is: the URL is off limits, or nobody can vouch for it."""

    reason: str


Delivery = Delivered | Retry | Refused


@dataclass(frozen=True, slots=True)
class Network:
    """The way out; `trust` None means the system's certificate authorities."""

    rules: TargetRules = field(default_factory=TargetRules)
    resolver: Resolver = resolve
    trust: ssl.SSLContext | None = None
    seconds: float = FULL_SECONDS


def deliver(
    message: CallbackMessage, *, number: int, tokens: tuple[str, ...], network: Network
) -> Delivery:
    """Make the attempt of that number, signed with the tokens of the session's owner, and log it.

    Reasons hold neither the URL nor anything of the message.
    """
    outcome = _sent(message, tokens, network) if tokens else Refused("no account to sign for")
    logger.info(
        "callback attempted",
        event="callback_attempted",
        outcome=type(outcome).__name__.lower(),
        reason=outcome.reason,
        account_id=message.account_id,
        session_uuid=message.session_uuid,
        sequence=message.sequence,
        attempt=number,
    )
    return outcome


def _sent(message: CallbackMessage, tokens: tuple[str, ...], network: Network) -> Delivery:
    try:
        url = network.rules.checked_url(message.callback_url)
        answer = send(
            build_request(message, url=url, tokens=tokens, now=clock.world_ms()),
            seconds=network.seconds,
            resolver=guarded(network.rules, network.resolver, url),
            trust=network.trust,
        )
    except ForbiddenTargetError as error:
        return Refused(str(error))
    except TimeoutError:
        return Retry("no answer in time")
    except OSError as error:
        return Retry(type(error).__name__)
    return _judged(answer)


def _judged(answer: HttpAnswer) -> Delivery:
    reason = f"HTTP {answer.status}"
    if 200 <= answer.status < 300:
        return Delivered(reason)
    return Retry(reason, asked_seconds(answer.retry_after, now=clock.world_ms()))
