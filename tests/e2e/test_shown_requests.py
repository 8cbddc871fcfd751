"""The requests that pages of docs/ show get the answers that they show, typed in order."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.service import Service, started_service

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MARK = "--- end of command ---"


def shown_steps(page: str) -> list[tuple[str, str]]:
    """Every command of a page with the output that it shows."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    steps = re.split(r"^\$ ", "".join(_BLOCK.findall(text)), flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (step.partition("\n") for step in steps)]


def typed(commands: list[str], service: Service) -> list[str]:
    """The output of each command in a shell with the local credentials."""
    credentials = f'eval "$(curl -s {service.url}/local/env)"\n'
    script = credentials + "".join(f"{command}\necho '{_MARK}'\n" for command in commands)
    shell = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PORT": str(service.port)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shell.returncode == 0, shell.stderr
    return shell.stdout.split(f"{_MARK}\n")[:-1]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A stack of its own: the pages name the numbers that it has at its start."""
    with started_service() as running:
        yield running.wait_until_ready()


@pytest.mark.parametrize("page", ["pins.md", "numbers.md", "request-a-call.md"])
def test_the_requests_of_a_page_get_the_answers_that_it_shows(page: str, service: Service) -> None:
    steps = shown_steps(page)

    answers = typed([command for command, _ in steps], service)

    assert steps
    for (command, shown), answer in zip(steps, answers, strict=True):
        assert _UUID.sub("<uuid>", answer) == _UUID.sub("<uuid>", shown), command
