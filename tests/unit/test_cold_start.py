"""What a caller would hear as silence when Lambda starts a function: what is loaded, and when."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.loaders import Loader

from local import template
from local.declarations import Function
from maskline import aws

LAYER = template.ROOT / "layers" / "masking"
SOURCES = [*LAYER.rglob("*.py"), *(template.ROOT / "functions").rglob("app.py")]
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
    "maskline.carriers.plivo.api",
    "maskline.domain.allocation",
    "maskline.domain.explanations",
    "maskline.domain.placed_calls",
    "maskline.domain.replacement",
    "maskline.outbound",
    "maskline.services.ask_pin",
    "maskline.services.create_session",
    "maskline.store.known_calls",
    "maskline.store.pin_calls",
}
ON_A_COLD_ANSWER = ("dynamodb", "kms", "secretsmanager")
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
    """Every module that importing the answering function loads, in a process of its own."""
    path = os.pathsep.join((str(template.ROOT), str(LAYER)))
    program = "import sys, functions.answer_call.app; print(*sys.modules)"
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


def test_the_sdk_looks_only_for_the_services_that_are_used() -> None:
    asked = {
        node.args[0].value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "aws.client"
        and isinstance(node.args[0], ast.Constant)
    }

    assert asked == set(aws.SERVICES)


@pytest.mark.parametrize("service", aws.SERVICES)
def test_the_sdk_gets_the_rules_that_it_would_read_itself(service: str) -> None:
    ours, theirs = aws.NamedModels(), Loader()

    rules = "endpoint-rule-set-1"
    assert ours.load_service_model(service, rules) == theirs.load_service_model(service, rules)
    for data in ("partitions", "sdk-default-configuration", "_retry"):
        assert ours.load_data(data) == theirs.load_data(data)


def test_the_sdk_gets_its_models_as_plain_dicts() -> None:
    """Ordered ones take longer than reading the JSON."""
    assert type(aws.NamedModels().load_service_model("dynamodb", "service-2")) is dict


def test_the_sdk_reads_none_of_its_large_files_for_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are two and a half megabytes; what is used of them is fifty kilobytes."""
    sizes: dict[str, int] = {}
    read_bytes = Path.read_bytes

    def reading(path: Path) -> bytes:
        content = read_bytes(path)
        sizes[str(path)] = len(content)
        return content

    monkeypatch.setattr(Path, "read_bytes", reading)
    session = aws.session.__wrapped__()
    for service in ON_A_COLD_ANSWER:
        session.create_client(service, "us-east-1")

    names = [Path(path).name for path in sizes]
    assert names.count("service-2.json") == len(ON_A_COLD_ANSWER)
    assert sum(sizes.values()) < 100_000


@pytest.mark.parametrize("function", ASKED, ids=lambda function: function.folder)
def test_a_function_that_somebody_waits_for_reads_ahead_what_it_may(function: Function) -> None:
    source = (template.ROOT / "functions" / function.folder / "app.py").read_text()
    last = ast.parse(source).body[-1]
    assert isinstance(last, ast.Expr)
    assert isinstance(last.value, ast.Call)

    read = {ast.unparse(argument) for argument in last.value.args}

    assert ast.unparse(last.value.func) == "prepare"
    assert ("fetch_secret" in read) == (READS_THE_SECRET in str(function.statements))
    assert (len(read) == 2) == ("webhook_handler" in source)
