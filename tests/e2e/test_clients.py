"""The recipes of docs/clients.md work, and talk to no host but ours."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.node_sdk import HERE as NODE
from tests.e2e.node_sdk import installed_node
from tests.e2e.wire import Client

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "docs" / "clients"
GUARD = Path(__file__).resolve().parent / "guard"
STOPPED = 97
# The other recipes want a compiler or an interpreter that the tests do not.
RUN = ["plain.sh", "plain.py", "plain.mjs", "sdk_python.py", "sdk_node.js"]
_CODE = re.compile(r"^```(?:sh|python|js|go|java|php|ruby|csharp)\n(.*?)^```", re.M | re.S)

# A reader's first guess for each SDK, which does not do what it seems to.
NAIVE_PYTHON = """
import os, plivo
client = plivo.RestClient(os.environ["AUTH_ID"], os.environ["AUTH_TOKEN"])
client.base_uri = os.environ["API"] + "/v1/Account"
client.masking_sessions.create_masking_session("+12025550101", "+12025550102")
"""
NAIVE_NODE = """
const { API, AUTH_ID, AUTH_TOKEN } = process.env;
const url = `${API}/v1/Account/${AUTH_ID}`;
const client = new (require('plivo').Client)(AUTH_ID, AUTH_TOKEN, { url });
client.maskingSession.createMaskingSession('+12025550101', '+12025550102');
"""


def guarded(client: Client, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program that has an account's credentials and can reach its API alone."""
    return subprocess.run(
        command,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(GUARD),
            "NODE_PATH": str(NODE / "node_modules"),
            "ONLY_HOST": client.api.removeprefix("http://"),
            "API": client.api,
            "AUTH_ID": client.auth_id,
            "AUTH_TOKEN": client.auth_token,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def command_for(program: str) -> list[str]:
    """The command that runs a program of that kind behind the guard, but for its name or text."""
    kinds = {
        "sh": lambda: ["bash"],
        "py": lambda: [sys.executable],
        "js": lambda: [installed_node(), "--require", str(GUARD / "guard.js")],
    }
    return kinds[program.rpartition(".")[2].replace("mjs", "js")]()


@pytest.mark.parametrize("recipe", RUN)
def test_a_recipe_makes_a_session_with_what_is_ours_and_ends_it(
    recipe: str, client: Client
) -> None:
    earlier = client.sessions(limit="1")

    ran = guarded(client, *command_for(recipe), str(RECIPES / recipe))

    assert ran.returncode == 0, ran.stderr
    [made] = client.sessions(limit="1")
    assert [made] != earlier
    assert made["status"] == "expired"
    assert made["sticky"] is True
    assert made["virtual_number_strategy"] == "per_party"
    assert made["on_exhaustion"] == ["any_country"]


@pytest.mark.parametrize("recipe", RUN)
def test_a_recipe_tells_an_end_that_came_before_by_its_error_code(
    recipe: str, client: Client
) -> None:
    ran = guarded(client, *command_for(recipe), str(RECIPES / recipe))

    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[lines.index("ended") + 1] == "over already"


@pytest.mark.parametrize("recipe", RUN)
def test_a_recipe_that_is_refused_fails_and_names_the_error_code(
    recipe: str, client: Client
) -> None:
    stranger = client.having_token("wrong")

    ran = guarded(stranger, *command_for(recipe), str(RECIPES / recipe))

    assert ran.returncode not in {0, STOPPED}
    assert "invalid_credentials" in ran.stderr


@pytest.mark.parametrize(("program", "text"), [("x.py", NAIVE_PYTHON), ("x.js", NAIVE_NODE)])
def test_an_sdk_with_its_base_url_set_is_stopped_on_its_way_elsewhere(
    program: str, text: str, client: Client
) -> None:
    ran = guarded(client, *command_for(program), "-c" if program == "x.py" else "-e", text)

    assert ran.returncode == STOPPED, ran.stdout + ran.stderr
    assert "stopped on the way to api.plivo.com" in ran.stderr


def test_the_document_shows_code_of_the_recipes_and_links_each() -> None:
    document = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    recipes = {path.name: path.read_text(encoding="utf-8") for path in RECIPES.iterdir()}

    for name in recipes:
        assert f"(clients/{name})" in document, name
    for shown in _CODE.findall(document):
        assert any(shown in text for text in recipes.values()), shown
