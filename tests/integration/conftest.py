"""The use cases over an empty table, and what may go wrong with them."""

from collections.abc import Iterator

import pytest

from local.aws.engine import Engine
from local.aws.function_log import FunctionLog
from maskline import clock, config
from maskline.carriers import carrier
from tests.support.carriers import OTHER, OtherCarrier, install_other
from tests.support.evidence import Evidence, gathered
from tests.support.faults import FaultyWrites
from tests.support.impatience import no_pauses
from tests.support.in_process import Service as InProcessService
from tests.support.manual_clock import ManualClock
from tests.support.sdk_left_out import sdk_left_out
from tests.support.service import OTHER_CARRIER, Item, Service
from tests.support.watched_company import WatchedCompany


@pytest.fixture
def aws_sdk(request: pytest.FixtureRequest) -> Iterator[None]:
    """Left out, but for the tests that are marked."""
    if request.node.get_closest_marker("whole_sdk"):
        yield
        return
    with sdk_left_out():
        yield


@pytest.fixture(scope="session")
def evidence(running_engine: Engine) -> Evidence:
    """One day, played once for all that search what it left."""
    running_engine.set_environment(dict(running_engine.environment))
    running_engine.reset()
    return gathered(running_engine)


@pytest.fixture
def log() -> Iterator[FunctionLog]:
    """The log of the functions from here on."""
    begun = FunctionLog()
    begun.start()
    yield begun
    begun.stop()


@pytest.fixture
def short_retention(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Entries of the audit trail are kept for a day: a walk over all of them is short."""
    monkeypatch.setenv("AUDIT_RETENTION_DAYS", "1")
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """A clock that the test moves."""
    manual = ManualClock()
    monkeypatch.setattr(clock, "now_ms", manual.now_ms)
    return manual


@pytest.fixture(scope="session")
def stock() -> dict[str, list[Item]]:
    """The items of an account with three numbers, by the secret that a test set it up under."""
    return {}


@pytest.fixture
def service(engine: Engine, time: ManualClock, stock: dict[str, list[Item]]) -> Service:
    """An account with three numbers, at a time that stands still."""
    [secret_id] = engine.secrets.values()
    secret = engine.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    provisioned = Service(engine, items=stock.get(secret, ()))
    if secret not in stock:
        provisioned.add_numbers(0, 1, 2)
        page = engine.client("dynamodb").scan(TableName=engine.table_name, ConsistentRead=True)
        stock[secret] = page["Items"]
    return provisioned


@pytest.fixture
def other_carrier(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherCarrier]:
    """The account has a second carrier, and two numbers there behind the others: 10 and 11."""
    other = install_other(monkeypatch)
    service.provision(OTHER_CARRIER)
    service.add_numbers(10, 11, carrier=OTHER)
    yield other
    carrier.cache_clear()


@pytest.fixture
def faults(service: Service, monkeypatch: pytest.MonkeyPatch) -> FaultyWrites:
    """Spoils writes on demand; retries do not pause."""
    no_pauses(monkeypatch)
    return FaultyWrites(monkeypatch)


@pytest.fixture
def company(engine: Engine) -> Iterator[WatchedCompany]:
    """A company with a session of Alice and Bob, and the template's alarms over it."""
    with InProcessService(engine) as running:
        company = WatchedCompany(running)
        company.open()
        company.watch.pass_period()
        yield company


@pytest.fixture
def a_minute_later(company: WatchedCompany) -> None:
    """Every schedule has run once, and no alarm rings."""
    company.pass_minutes(1)
    assert company.watch.firing() == set()
