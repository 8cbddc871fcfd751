"""What a caller would hear as silence when Lambda starts a function: what is loaded, and when."""

import ast
import os
import subprocess
import sys

import pytest

from local.aws import template
from local.aws.declarations import Function
from maskline import carriers

LAYER = template.ROOT / "layers" / "masking"
# Packages of others that answering needs: botocore with what it imports, the Logger, the cipher.
ON_THE_ANSWER_PATH = {
    "aws_lambda_powertools",
    "botocore",
    "certifi",
    "cryptography",
    "dateutil",
    "jmespath",
    "six",
    "typing_extensions",
    "urllib3",
}
# Ours that other functions need, or few calls.
NOT_ON_THE_ANSWER_PATH = {
    "maskline.api",
    "maskline.callbacks",
    "maskline.domain.allocation.choice",
    "maskline.domain.why.explanation",
    "maskline.domain.allocation.replacement",
    "maskline.wire.outbound",
    "maskline.services.sessions.create",
    "maskline.store.calls.known",
}
# A stray `import urllib.request` costs more than all of the standard library that is needed.
NOT_OF_THE_STANDARD_LIBRARY = {"asyncio", "xml.sax", "multiprocessing", "unittest"}
READS_THE_SECRET = "secretsmanager:GetSecretValue"

FUNCTIONS = template.functions()
# Somebody waits for their answers.
ASKED = [
    FUNCTIONS[logical_id] for logical_id in sorted({one.function for one in template.routes()})
]


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Every module that the answering function loads, in a process of its own.

    A carrier's come with the first account of it: here, all of them.
    """
    adapters = [f"maskline.carriers.{name}" for name in carriers.NAMES]
    assert not _loaded_by("functions.answer_call.app").intersection(adapters)
    return _loaded_by("functions.answer_call.app", *adapters)


def _loaded_by(*modules: str) -> set[str]:
    path = os.pathsep.join((str(template.ROOT), str(LAYER)))
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_answering_loads_only_the_packages_that_it_needs(loaded: set[str]) -> None:
    packages = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names

    strays = {name for name in packages - ON_THE_ANSWER_PATH if not name.startswith("_")}

    assert strays == {"functions", "maskline"}


def test_answering_loads_nothing_that_only_other_functions_need(loaded: set[str]) -> None:
    assert not loaded & NOT_ON_THE_ANSWER_PATH
    assert not loaded & NOT_OF_THE_STANDARD_LIBRARY


def test_what_takes_no_body_and_no_filter_loads_nothing_that_reads_them() -> None:
    loaded = _loaded_by("functions.get_session.app", "functions.end_session.app")

    assert "maskline.api.shapes" in loaded
    assert "pydantic" not in loaded


@pytest.mark.parametrize("function", ASKED, ids=lambda function: function.folder)
def test_a_function_that_somebody_waits_for_reads_ahead_what_it_may(function: Function) -> None:
    source = (template.ROOT / "functions" / function.folder / "app.py").read_text()
    last = ast.parse(source).body[-1]
    assert isinstance(last, ast.Expr)
    assert isinstance(last.value, ast.Call)

    read = {ast.unparse(argument) for argument in last.value.args}

    assert ast.unparse(last.value.func) == "prepare"
    assert ("fetch_secret" in read) == (READS_THE_SECRET in str(function.statements))
    assert (len(read) == 2) == ("Door.CALL" in source)
