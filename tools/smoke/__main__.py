"""Try whether a stack works, from provisioning to callback: `make smoke`. README.md, "Deploy"

python -m tools.smoke                          on the local stack of `make run`
python -m tools.smoke maskline --region ...    on a deployed stack
"""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.phone.call import default_api
from tools.operator.preflight import NotReadyError
from tools.smoke.made import Made, open_table
from tools.smoke.places import AwsPlace, LocalPlace, Place
from tools.smoke.receiver import running_receiver
from tools.smoke.report import FailedError, Result, Row, Settles, SkippedError, verdict
from tools.smoke.trial import Trial

_SESSIONS = 3
_INTERRUPTED = Row("the rest", Settles.NOTHING, Result.FAILED, "Interrupted.")
_STAYS = (
    "What stays: entries of the audit trail, log lines and metrics; callbacks that were not taken "
    "become dead letters."
)


@dataclass(frozen=True)
class Check:
    """Without one that is `needed` the later ones cannot be tried."""

    name: str
    settles: Settles
    step: Callable[[Trial], str]
    needed: bool = False


CHECKS = (
    Check("an account", Settles.INVOCATION, Trial.provision, needed=True),
    Check("numbers", Settles.TRANSACTIONS, Trial.add_numbers, needed=True),
    Check("sessions", Settles.DATA_KEYS, Trial.create_sessions, needed=True),
    Check("paths", Settles.LAST_SLASH, Trial.read_paths),
    Check("a wrong token", Settles.AUTHORIZATION, Trial.show_wrong_token),
    Check("the first party calls", Settles.SNAPSHOTS, Trial.call_forth),
    Check("the second party calls", Settles.PAYLOAD, Trial.call_back),
    Check("a stranger calls", Settles.NOTHING, Trial.call_as_stranger),
    Check("forged webhooks", Settles.SIGNED_URL, Trial.forge),
    Check("PINs", Settles.INDEXES, Trial.enter_pins),
    Check("totals", Settles.NOTHING, Trial.read_totals),
    Check("callbacks", Settles.STREAM, Trial.tell_customer),
    Check("an ended session", Settles.NOTHING, Trial.end_session),
    Check("an expired session", Settles.TTL, Trial.outlive_session),
    Check("why", Settles.NOTHING, Trial.explain),
    Check("the sweep", Settles.SCHEDULES, Trial.await_sweep),
)


def main(arguments: list[str] | None = None) -> int:
    """Print the table. Returns the exit code: 0 if no step failed and nothing is left behind."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        place = _place(options)
        _say(f"{place.name}\n")
        open_table(place.table, place.parameters)
        below = int(place.parameters.get("FreeNumbersAlarmBelow", 2))
        # So many that the alarm on free numbers does not ring.
        made = Made.drawn(numbers=_SESSIONS + below)
        made.began_at = place.now_ms()
        return _tried(place, made, options.callback_url)
    except (FailedError, NotReadyError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1


def _tried(place: Place, made: Made, callback_url: str) -> int:
    rows: list[Row] = []
    with ExitStack() as stack:
        # A deployed stack does not reach this machine.
        takes = place.is_local and not callback_url
        receiver = stack.enter_context(running_receiver(made.account_token)) if takes else None
        trial = Trial(place, made, callback_url=callback_url, receiver=receiver)
        try:
            rows += map(_told, _checked(trial))
        except KeyboardInterrupt:
            rows.append(_told(_INTERRUPTED))
        finally:
            # Whoever is in a hurry does not want to leave it behind either.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            rows.append(_told(_removed(place, made)))
    _say(f"\n{verdict(rows)}. {trial.effort}. {_STAYS}")
    return int(any(row.result is Result.FAILED for row in rows))


def _checked(trial: Trial) -> Iterator[Row]:
    missing = ""
    for check in CHECKS:
        if missing:
            sentence = f"Not tried without {missing}."
            yield Row(check.name, check.settles, Result.SKIPPED, sentence)
            continue
        row = _row(check.name, check.settles, partial(check.step, trial))
        missing = check.name if check.needed and row.result is Result.FAILED else ""
        yield row


def _removed(place: Place, made: Made) -> Row:
    def step() -> str:
        left = made.remove(place.now_ms())
        if left:
            raise FailedError(f"{left} items of the account {made.account_id} are left.")
        return "Everything that was made is removed from the table."

    return _row("nothing is left", Settles.NOTHING, step)


def _row(name: str, settles: Settles, step: Callable[[], str]) -> Row:
    try:
        return Row(name, settles, Result.PASSED, step())
    except SkippedError as reason:
        return Row(name, settles, Result.SKIPPED, str(reason))
    except (FailedError, NotReadyError) as reason:
        return Row(name, settles, Result.FAILED, str(reason))
    except Exception as error:  # noqa: BLE001 - whatever it is, what was made must be removed
        return Row(name, settles, Result.FAILED, f"{type(error).__name__}: {error}")


def _told(row: Row) -> Row:
    _say(str(row))
    return row


def _say(text: str) -> None:
    print(text, flush=True)


def _place(options: argparse.Namespace) -> Place:
    if not options.stack:
        return LocalPlace(options.api.rstrip("/"))
    return AwsPlace(boto3.Session(region_name=options.region or None), options.stack)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.smoke",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stack", nargs="?", help="a deployed one")
    parser.add_argument("--region", help="else the environment's, or the profile's")
    parser.add_argument("--api", default=default_api(), metavar="URL", help="of the local stack")
    parser.add_argument("--callback-url", default="", metavar="URL", help="who is told of calls")
    return parser.parse_args(arguments)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
