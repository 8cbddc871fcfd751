"""`python -m local`: the whole service on this machine, until Ctrl-C."""

import errno
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "layers" / "masking")]

DEFAULT_PORT = 3000
# Short, so that it is said before many workers have complained.
_LOOK_SECONDS = 0.1


def main() -> int:
    # The handlers' log lines would drown the story; LOG_LEVEL=INFO shows them.
    level = os.environ.setdefault("LOG_LEVEL", "WARNING")
    from local.stack.credentials import UnusableCredentialsError, known_credentials
    from local.stack.stack import LocalStack

    # By the handler: a logger that logs at any level passes over the level of those above it.
    warnings = logging.StreamHandler()
    warnings.setLevel(logging.WARNING)
    logging.basicConfig(handlers=[warnings], format="%(message)s")
    port = int(os.environ.get("PORT") or DEFAULT_PORT)
    stopping = _stopping_signals()
    try:
        known = known_credentials(os.environ)
        stack = LocalStack(
            port,
            credentials=known.credentials,
            environment={"LOG_LEVEL": level},
        ).telling(_say)
    except UnusableCredentialsError as error:
        return _complain(str(error))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _complain(f"Port {port} is taken. Choose another: PORT={port + 1} make run")
        raise
    _say("Starting Maskline ...")
    with stack:
        _say(welcome(stack.info(), known.source))
        while not stopping.wait(_LOOK_SECONDS):
            if not stack.engine.is_running:
                return _complain("The local AWS has ended, and all data with it: start again.")
        _say("\nStopping ...")
    return 0


def welcome(info: dict[str, Any], source: str) -> str:
    """Say how to reach the stack, where its credentials come from, and a first call to try."""
    api, auth_id, token = info["api"], info["auth_id"], info["auth_token"]
    numbers = " ".join(info["numbers"])
    return f"""
Maskline runs at {api}

  Auth ID     {auth_id}
  Auth Token  {token}
              ({source})
  Numbers     {numbers}
  All of it   curl -s {api}/local/info
  For a shell eval "$(curl -s {api}/local/env)"

Create a session between two people:

  curl -s -u {auth_id}:{token} \\
    -H 'Content-Type: application/json' \\
    -d '{{"first_party": "+12025550101", "second_party": "+12025550102"}}' \\
    {api}/v1/Account/{auth_id}/Masking/Session/

Then ring its virtual number from either phone:

  make call FROM=+12025550101 TO=<virtual_number>{_port_hint(api)}

Skip ahead in time, to see a session expire, and go back:

  curl -s -d '{{"advance_seconds": 3600}}' {api}/local/clock
  curl -s -d '{{"reset": true}}' {api}/local/clock

docs/local.md has the rest. Ctrl-C stops everything. Calls and callbacks so far:
"""


def _port_hint(api: str) -> str:
    port = api.rpartition(":")[2]
    return "" if port == str(DEFAULT_PORT) else f" PORT={port}"


def _stopping_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
