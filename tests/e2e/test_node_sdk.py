"""The official Node SDK: requests of its own shape, the same answers as any other client's."""

from functools import partial
from typing import Any

import pytest

from tests.e2e.conftest import NewAccount
from tests.e2e.node_sdk import Node, NodeClient
from tests.e2e.people import pair, phone, virtual_number
from tests.e2e.service import Service
from tests.e2e.wire import Client


@pytest.fixture
def masking(node_sdk_for: NodeClient, client: Client) -> Node:
    """A method of the SDK's masking sessions, as the seeded account."""

    def call(method: str, *args: Any) -> Any:
        return node_sdk_for(client)("maskingSession", method, *args)

    return call


def test_a_session_lives_and_dies_through_the_node_sdk(masking: Node, client: Client) -> None:
    first, second = pair()
    created = masking(
        "createMaskingSession", first, second, {"sessionExpiry": 1800, "ringTimeout": 45}
    )["result"]
    assert created["message"] == "Session created"
    session_uuid = created["sessionUuid"]
    shown = created["session"]
    assert (shown["firstParty"], shown["duration"], shown["ringTimeout"]) == (first[1:], 1800, 45)

    assert masking("getMaskingSession", session_uuid)["result"]["response"] == shown
    updated = masking("updateMaskingSession", session_uuid, {"callTimeLimit": 600})["result"]
    assert (updated["message"], updated["session"]["callTimeLimit"]) == ("Session updated", 600)
    assert updated["session"]["expiryTime"] == shown["expiryTime"]

    deleted = masking("deleteMaskingSession", session_uuid)["result"]
    assert deleted["message"] == "Session expired"
    assert client.session(session_uuid)["status"] == "expired"


def test_the_node_sdks_filters_are_understood(masking: Node, client: Client) -> None:
    shared = phone()
    short = client.create(shared, phone(), session_expiry=600)
    long = client.create(shared, phone(), session_expiry=1200)
    day = short["created_time"][:10]

    def found(**filters: Any) -> set[str]:
        response = masking("listMaskingSession", {"firstParty": shared, **filters})["result"]
        return {session["sessionUuid"] for session in response["response"]["objects"]}

    assert found() == {short["session_uuid"], long["session_uuid"]}
    assert found(durationEquals=600) == {short["session_uuid"]}
    assert found(durationGreaterThan=600, status="active") == {long["session_uuid"]}
    assert found(secondParty=long["second_party"]) == {long["session_uuid"]}
    assert found(createdTimeLessThan=f"{day} 00:00") == set()
    page = masking("listMaskingSession", {"firstParty": shared, "limit": 1, "offset": 1})
    meta = page["result"]["response"]["meta"]
    assert (meta["totalCount"], meta["offset"], meta["next"]) == (2, 1, None)


def test_a_single_party_session_is_completed_through_the_node_sdk(
    node_sdk_for: NodeClient, new_account: NewAccount
) -> None:
    lone, other = pair()
    masking = partial(node_sdk_for(new_account(1).client), "maskingSession")

    created = masking("createMaskingSession", lone, "", {"createSessionWithSingleParty": True})[
        "result"
    ]
    assert (created["session"]["firstParty"], created["session"]["secondParty"]) == (lone[1:], "")
    assert created["session"]["createSessionWithSingleParty"] is True

    added = masking("updateMaskingSession", created["sessionUuid"], {"secondParty": other})
    assert added["result"]["session"]["secondParty"] == other[1:]


@pytest.mark.parametrize(
    ("method", "args", "message"),
    [
        ("createMaskingSession", ["12", "+447700900999", {}], "first_party is not a valid"),
        ("getMaskingSession", ["00000000-0000-4000-8000-000000000000"], "not found"),
        ("listMaskingSession", [{"limit": 21}], "limit is outside the allowed range"),
    ],
)
def test_the_node_sdk_rejects_with_our_text(
    method: str, args: list[Any], message: str, masking: Node
) -> None:
    outcome = masking(method, *args)

    assert message in outcome["message"]


def test_the_node_sdk_rejects_bad_credentials(node_sdk_for: NodeClient, client: Client) -> None:
    outcome = node_sdk_for(client.having_token("guess"))("maskingSession", "listMaskingSession", {})

    assert "credentials" in outcome["message"]


def test_numbers_come_and_go_through_the_node_sdk(
    node_sdk_for: NodeClient, new_account: NewAccount, service: Service
) -> None:
    account = new_account()
    numbers, number = node_sdk_for(account.client), virtual_number()[1:]

    added = numbers("numbers", "addOwnNumber", number, "plivo", "GB", {})["result"]
    assert added["numbers"] == [{"number": number, "status": "Success"}]
    updated = numbers("numbers", "update", number, {"alias": "front desk"})["result"]
    assert updated["message"] == "changed"
    got = numbers("numbers", "get", number)["result"]
    assert (got["alias"], got["country"]) == ("front desk", "GB")
    [listed] = numbers("numbers", "list", {"limit": 20})["result"]
    assert listed["number"] == number

    account.client.send("POST", f"/Number/{number}/", {"status": "retired"})
    service.advance(300)
    assert numbers("numbers", "unrent", number)["result"] is True
    assert account.client.send("GET", f"/Number/{number}/").status == 404
