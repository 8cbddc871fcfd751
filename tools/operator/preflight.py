"""Says where on AWS an operator's command is about to work, or in one sentence why it cannot.

`make deploy` and the other targets for AWS run it first: README.md, "Deploy".
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# Lambda restores snapshots in all commercial Regions but these: New Zealand and Taipei
# (docs.aws.amazon.com, "Improving startup performance with Lambda SnapStart").
# Each of the others has arm64, Calgary last: aws-powertools/powertools-lambda-python, 4949.
WITHOUT_SNAPSHOTS = frozenset({"ap-southeast-6", "ap-east-2"})
# Every minute ten background functions start within seconds, and callbacks take up to a hundred.
# A new account may have ten (docs.aws.amazon.com, "Lambda quotas").
LEAST_CONCURRENCY = 200


class NotReadyError(Exception):
    """A sentence for the operator."""


def place(session: Any, stack: str) -> str:
    """Name stack, account and Region. Raises NotReadyError."""
    region = session.region_name
    if not region:
        raise NotReadyError("Name the Region: REGION=eu-central-1, or one in your AWS profile.")
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise NotReadyError(f"AWS knows no credentials of yours: {error}") from None
    return f"Stack {stack}, account {account}, Region {region}"


def require_room(session: Any) -> None:
    """Tell what a deployment there would lack. Raises NotReadyError."""
    if session.region_name in WITHOUT_SNAPSHOTS:
        raise NotReadyError(
            f"Lambda has no SnapStart in {session.region_name}: take another Region."
        )
    try:
        limits = session.client("lambda").get_account_settings()["AccountLimit"]
    except (BotoCoreError, ClientError) as error:
        raise NotReadyError(f"The quotas of Lambda cannot be read: {error}") from None
    if limits["ConcurrentExecutions"] < LEAST_CONCURRENCY:
        raise NotReadyError(
            f"Lambda runs {limits['ConcurrentExecutions']} functions at once for this account, and "
            f"calls need {LEAST_CONCURRENCY}: ask for more of the quota L-B99A9384 (Concurrent "
            "executions) in Service Quotas."
        )


def require_python() -> None:
    """Tell whether the layer can ship bytecode. Raises NotReadyError."""
    python = shutil.which("python3.13")
    # A shim on PATH may refuse to run.
    if (
        not python
        or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode
    ):
        raise NotReadyError(
            "python3.13 is not on PATH, so functions would start slower, without bytecode: "
            "install it, or say NO_BYTECODE=1."
        )


def stack_parser(description: str | None) -> argparse.ArgumentParser:
    """The arguments of a command that works on a deployed stack, as far as all have them."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("stack")
    parser.add_argument("--region", help="else the environment's, or the profile's")
    return parser


def on_stack(options: argparse.Namespace, work: Callable[[Any], Iterable[str]]) -> int:
    """Print the place and what the work there says, or why not on standard error: the exit code."""
    session = boto3.Session(region_name=options.region or None)
    try:
        print(place(session, options.stack))
        for line in work(session):
            print(line)
    except (NotReadyError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Print the place, or the sentence on standard error. Returns the exit code."""
    parser = stack_parser(__doc__)
    parser.add_argument("--deploys", action="store_true", help="check what a deployment needs")
    parser.add_argument("--without-bytecode", action="store_true")
    options = parser.parse_args(arguments)

    def checked(session: Any) -> Iterator[str]:
        if options.deploys:
            require_room(session)
            if not options.without_bytecode:
                require_python()
        yield from ()

    return on_stack(options, checked)


if __name__ == "__main__":
    sys.exit(main())
