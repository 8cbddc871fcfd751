"""The README's commands do what it shows, in the order in which a reader types them."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.service import Service, bare_environment, started_service

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MARK = "--- end of command ---"

# `make run` is the service that this test starts, `make test` is what runs it, and a deployment
# needs an AWS account: of these the recipes are resolved, not run. CI builds what is deployed.
# `make account` would leave a file behind.
_NOT_RUN = (
    *("make run", "make test", "make deploy"),
    *("make account", "make provision", "make smoke REGION"),
)


def shown_commands() -> list[tuple[str, str]]:
    """Every command of the README with the output that it shows, in order."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    steps = re.split(r"^\$ ", "".join(_BLOCK.findall(readme)), flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (step.partition("\n") for step in steps)]


def typed(commands: list[str], service: Service) -> list[str]:
    """What a shell answers to each command, typed one after the other."""
    script = "".join(f"{command}\necho '{_MARK}'\n" for command in commands)
    shell = subprocess.run(
        ["bash", "-eu", "-c", script.replace("127.0.0.1:3000", service.url[7:])],
        cwd=ROOT,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert shell.returncode == 0, shell.stderr
    return shell.stdout.split(f"{_MARK}\n")[:-1]


def test_the_masked_call_of_the_readme_goes_as_it_shows() -> None:
    steps = [step for step in shown_commands() if not step[0].startswith(_NOT_RUN)]

    with started_service() as service:
        answers = typed([command for command, _ in steps], service.wait_until_ready())

    assert len(steps) >= 8
    for (command, shown), answer in zip(steps, answers, strict=True):
        assert _UUID.sub("<uuid>", answer) == _UUID.sub("<uuid>", shown), command


@pytest.mark.parametrize(
    "command", [command for command, _ in shown_commands() if command.startswith(_NOT_RUN)]
)
def test_a_command_that_cannot_run_here_names_a_target_that_exists(command: str) -> None:
    arguments = command.partition("#")[0].split()[1:]

    recipe = subprocess.run(
        ["make", "--dry-run", *[argument.replace('"', "") for argument in arguments]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert recipe.returncode == 0, recipe.stderr
    assert recipe.stdout
