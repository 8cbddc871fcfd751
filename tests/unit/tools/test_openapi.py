"""docs/openapi.json is what the code says, complete, and valid."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from local.aws import template
from maskline.api.sessions.request import Creation
from tests.support.openapi import document, validator
from tests.unit.docs.test_parameters import ROOT
from tools.openapi.__main__ import written
from tools.openapi.document import canonical_path
from tools.openapi.requests import meanings

PARTIES = {"first_party": "+12025550101", "second_party": "+12025550102"}
SCHEMAS = document()["components"]["schemas"]


def test_the_document_is_the_one_that_the_code_makes() -> None:
    kept = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")

    assert kept == written(), "run: make openapi"


def test_every_route_has_an_operation_and_every_operation_a_route() -> None:
    # A carrier comes by the one or the other of two methods.
    each = {"ANY": ("GET", "POST")}
    declared = {
        (method, canonical_path(route.path))
        for route in template.routes()
        for method in each.get(route.method, (route.method,))
    }
    described = {
        (method.upper(), path)
        for path, operations in document()["paths"].items()
        for method in operations
    }

    assert described == declared


def test_no_two_operations_share_an_id() -> None:
    ids = [
        operation["operationId"]
        for operations in document()["paths"].values()
        for operation in operations.values()
    ]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", ["Creation", "ChangeableSettings"])
def test_every_parameter_of_a_session_has_a_schema_and_is_told_in_words(name: str) -> None:
    for parameter, schema in SCHEMAS[name]["properties"].items():
        assert {"type", "enum", "anyOf"} & schema.keys(), parameter
        assert schema["description"], parameter


def test_every_filter_of_the_session_list_is_told_in_words() -> None:
    [listing] = (
        operations["get"]
        for operations in document()["paths"].values()
        if operations.get("get", {}).get("operationId") == "list_sessions"
    )
    query = {entry["name"] for entry in listing["parameters"] if entry["in"] == "query"}

    assert query == meanings("List").keys()


@pytest.mark.parametrize(
    "body",
    [
        {"first_party": "+12025550101", "second_party": 12025550102},
        {"first_party": "12025550101", "create_session_with_single_party": True},
        {**PARTIES, "session_expiry": "3600", "geomatch": "false"},
        {**PARTIES, "callback_url": "https://a.example/b?c=d"},
    ],
)
def test_a_body_that_clients_send_is_a_body_of_the_document(body: dict[str, Any]) -> None:
    assert validator("/components/schemas/Creation").is_valid(body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_party": ["+12025550101"]},
        {"second_party": "somebody"},
        {"session_expiry": 59},
        {"ring_timeout": 601},
        {"callback_url": "http://a.example/"},
        {"callback_url": f"https://a.example/{'x' * 1000}"},
        {"callback_method": "PUT"},
        {"record": "perhaps"},
        {"first_party_pin": "12x4"},
        {"generate_pin_length": 3},
        {"virtual_number_strategy": "mine"},
    ],
    ids=json.dumps,
)
def test_a_body_that_is_refused_is_none_of_the_document(wrong: dict[str, Any]) -> None:
    assert not validator("/components/schemas/Creation").is_valid(PARTIES | wrong)


def test_every_field_of_the_model_is_in_the_document() -> None:
    assert Creation.model_fields.keys() == SCHEMAS["Creation"]["properties"].keys()
