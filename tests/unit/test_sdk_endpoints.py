"""The SDK's shortened start reaches the same places, signed for the same regions."""

from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from maskline import aws

REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("get_item", {"TableName": "masking", "Key": {"PK": {"S": "x"}}}),
    "kms": ("decrypt", {"CiphertextBlob": b"wrapped"}),
    "secretsmanager": ("get_secret_value", {"SecretId": "deployment"}),
    "sqs": ("get_queue_url", {"QueueName": "callbacks"}),
}
# What the list says of an endpoint and the SDK reads.
READ = ("partition", "endpointName", "dnsSuffix", "hostname", "signatureVersions")
REGIONS = [
    region
    for partition in Loader().load_data("partitions")["partitions"]
    for region in (*partition["regions"], "us-gov-new-1", "us-new-1")
    if not region.endswith("-global")
]


@pytest.fixture(scope="module")
def sdk() -> botocore.session.Session:
    """As the SDK starts by itself."""
    return botocore.session.get_session()


def asked(session: botocore.session.Session, service: str, region: str, *, fips: bool) -> Any:
    """The URL of a request and the scope of its signature: .../region/service/..."""
    client: Any = session.create_client(
        service,
        region,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(use_fips_endpoint=fips, ignore_configured_endpoint_urls=True),
    )
    sent = []

    def send(request: Any, **_: object) -> AWSResponse:
        sent.append((request.url, request.headers["Authorization"].decode().split("/")[2:4]))
        answer = AWSResponse(request.url, 200, {}, None)
        answer._content = b"{}"
        return answer

    client.meta.events.register("before-send", send)
    operation, parameters = REQUESTS[service]
    getattr(client, operation)(**parameters)
    return sent


@pytest.mark.parametrize("service", aws.SERVICES)
@pytest.mark.parametrize(
    ("region", "fips"),
    [
        ("us-east-1", False),
        ("eu-central-1", False),
        ("cn-north-1", False),
        ("us-east-1", True),
        ("us-gov-west-1", True),
    ],
)
def test_a_request_goes_where_the_sdk_would_send_it(
    sdk: botocore.session.Session, service: str, region: str, fips: bool
) -> None:
    ours = asked(aws.session(), service, region, fips=fips)

    assert ours == asked(sdk, service, region, fips=fips)
    assert len(ours) == 1


@pytest.mark.parametrize("service", aws.SERVICES)
def test_no_service_of_ours_is_an_exception_to_the_rule_in_any_region(service: str) -> None:
    ours, theirs = (
        EndpointResolver(loader.load_data_with_path("endpoints")[0])
        for loader in (aws.NamedModels(), Loader())
    )

    for region in REGIONS:
        by_rule, listed = (one.construct_endpoint(service, region) for one in (ours, theirs))
        assert [by_rule[part] for part in READ] == [listed[part] for part in READ]
        assert by_rule.get("credentialScope") == listed.get("credentialScope")
        assert set(by_rule["protocols"]) <= set(listed["protocols"])
