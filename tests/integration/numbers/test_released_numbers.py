"""A number that was released leads nowhere, whatever was under way when that happened."""

from collections.abc import Callable, Iterator

import pytest

from local.aws.ttl import TtlSweeper
from maskline.domain.accounts import Client
from maskline.domain.calls.plan import Announce, Announcement, CollectPin, Dial
from maskline.domain.errors import NumberConflictError, SessionExpiredError
from maskline.domain.numbers.changes import NumberChange
from maskline.domain.numbers.pool import NumberHealth, NumberStatus
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Strategy
from maskline.services.accounts import provision as provision_account
from maskline.services.numbers import manage as manage_numbers
from maskline.store import table
from maskline.store.accounts import accounts
from tests.support import builders
from tests.support.builders import SUBACCOUNT_ID, party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.replacing import call_unhealthy, run
from tests.support.service import Service

OTHER_ID = "MAANOTHERACCOUNT0000"
ALICE, BOB, STRANGER = party(0), party(1), party(50)
GONE = virtual(7)
WAIT_SECONDS = 300
LONG = builders.settings(session_expiry_seconds=7200)

BeforeWrite = Callable[[Callable[[], object]], None]


@pytest.fixture
def stranger(service: Service) -> Client:
    """Another main account of the deployment."""
    tokens = ["t" * 32]
    provision_account.provision_account({"account": {"auth_id": OTHER_ID, "auth_tokens": tokens}})
    account = accounts.get_account(OTHER_ID)
    assert account is not None
    return Client(account, builders.origin())


@pytest.fixture(params=[True, False], ids=["taken", "nobody's"])
def release(
    request: pytest.FixtureRequest, service: Service, time: ManualClock, stranger: Client
) -> Callable[[], None]:
    """The number is retired, released after the wait and, maybe, added by somebody else."""

    def carry_out() -> None:
        service.retire(GONE)
        time.advance(seconds=WAIT_SECONDS)
        manage_numbers.release_number(service.caller(), GONE)
        if request.param:
            added = builders.virtual_number(7, account_id=OTHER_ID)
            assert manage_numbers.add_numbers(stranger, [added])[0].is_added
            service.owners[GONE] = OTHER_ID

    return carry_out


@pytest.fixture
def before_write(monkeypatch: pytest.MonkeyPatch) -> Iterator[BeforeWrite]:
    """Do something just before the next write of a session goes out: that request is slow."""
    genuine = table.transact
    waiting: list[Callable[[], object]] = []

    def slow(actions: list[table.Item]) -> None:
        if waiting and any("SESSION#" in str(action) for action in actions):
            waiting.pop()()
        genuine(actions)

    monkeypatch.setattr(table, "transact", slow)
    yield waiting.append
    assert not waiting


@pytest.fixture
def lagging_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index does not show the routes of a number yet."""
    monkeypatch.setattr("maskline.store.numbers.pool.read_routes", lambda *_: iter(()))


@pytest.fixture
def only_number(service: Service) -> E164:
    """The one that new sessions get."""
    service.add_numbers(7)
    for index in range(3):
        service.retire(virtual(index))
    return GONE


def assert_leads_nowhere(service: Service) -> None:
    for caller in (ALICE, BOB, STRANGER, None):
        assert isinstance(service.call(caller, GONE), Announce)


def test_a_create_that_is_overtaken(
    service: Service, only_number: E164, release: Callable[[], None], before_write: BeforeWrite
) -> None:
    before_write(release)

    assert service.create().first_virtual_number == only_number

    assert_leads_nowhere(service)


@pytest.mark.parametrize("strategy", Strategy)
def test_an_open_door_that_is_overtaken(
    service: Service,
    only_number: E164,
    release: Callable[[], None],
    before_write: BeforeWrite,
    strategy: Strategy,
) -> None:
    before_write(release)

    service.request(builders.lone_request(0, strategy=strategy))

    assert_leads_nowhere(service)


@pytest.mark.parametrize(
    "terms",
    [
        builders.terms(pin=builders.pin_terms()),
        builders.terms(pin=builders.pin_terms(is_forced=True)),
        builders.terms(unknown_caller_play="https://customer.example/closed.mp3"),
    ],
    ids=["pins", "forced pins", "audio"],
)
def test_what_is_said_to_strangers_that_is_overtaken(
    service: Service,
    only_number: E164,
    release: Callable[[], None],
    before_write: BeforeWrite,
    terms: builders.Terms,
) -> None:
    before_write(release)

    service.create(terms=terms)

    assert_leads_nowhere(service)


@pytest.mark.usefixtures("lagging_index")
def test_a_pin_that_is_entered_after_the_release(
    service: Service, only_number: E164, release: Callable[[], None]
) -> None:
    """The caller was asked for it while the number was still the account's."""
    pins = builders.pin_terms(retries=5)
    service.create(terms=builders.terms(pin=pins), settings=LONG)
    caller = PinCaller(STRANGER, only_number)
    assert isinstance(caller.dial(), CollectPin)

    release()

    assert not isinstance(caller.enter(pins.first_pin), Dial)


@pytest.mark.usefixtures("lagging_index")
def test_a_route_that_the_index_does_not_show(
    service: Service, only_number: E164, release: Callable[[], None]
) -> None:
    service.create(settings=LONG)

    release()

    assert_leads_nowhere(service)


def test_a_party_that_is_added_and_overtaken(
    service: Service, release: Callable[[], None], before_write: BeforeWrite
) -> None:
    """Bob cannot have the number of the session, on which he has another one."""
    with service.only(virtual(0)):
        session = service.request(builders.lone_request(0, strategy=Strategy.PER_PARTY)).session
        service.create(1, 9)
    service.add_numbers(7)
    for index in range(3):
        service.retire(virtual(index))
    before_write(release)

    assert service.update(session, fixed={"second_party": BOB}).second_virtual_number == GONE

    assert_leads_nowhere(service)


def test_a_replacement_that_is_overtaken(
    service: Service, release: Callable[[], None], before_write: BeforeWrite
) -> None:
    session = service.create()
    service.add_numbers(7)
    for index in (1, 2):
        service.retire(virtual(index))
    call_unhealthy(service, virtual(0))
    before_write(release)

    run()

    assert service.stored(session).first_virtual_number == GONE
    assert_leads_nowhere(service)


def test_an_extension_is_not_overtaken(
    service: Service, time: ManualClock, only_number: E164, before_write: BeforeWrite
) -> None:
    """The session's time runs out, and more, while its extension is on its way."""
    session = service.create(settings=builders.settings(session_expiry_seconds=600))
    service.retire(only_number)
    time.now = session.expires_at - 1

    def try_release() -> None:
        time.advance(seconds=60)
        with pytest.raises(NumberConflictError, match="are live, or ended less"):
            manage_numbers.release_number(service.caller(), only_number)

    before_write(try_release)
    service.update(session, session_expiry_seconds=3600)

    assert isinstance(service.call(ALICE, only_number), Dial)


def test_an_extension_that_ttl_overtakes_changes_nothing(
    service: Service, time: ManualClock, only_number: E164, before_write: BeforeWrite
) -> None:
    """What holds the number is gone as early as TTL can be: the release goes through."""
    session = service.create(settings=builders.settings(session_expiry_seconds=600))
    service.retire(only_number)
    time.now = session.expires_at - 1

    def collect_and_release() -> None:
        time.advance(seconds=60)
        assert TtlSweeper(service.engine, lambda: time.now).sweep()
        manage_numbers.release_number(service.caller(), only_number)

    before_write(collect_and_release)
    with pytest.raises(SessionExpiredError):
        service.update(session, session_expiry_seconds=3600)

    assert service.items_of("route") == []
    assert service.call(ALICE, only_number) == Announce(Announcement.NOT_IN_SERVICE)


def test_a_number_that_moves_to_a_subaccount_beside_a_create_stays_as_long_as_the_session(
    service: Service, time: ManualClock, only_number: E164, before_write: BeforeWrite
) -> None:
    before_write(lambda: service.change_number(only_number, subaccount_id=SUBACCOUNT_ID))

    service.create(settings=LONG)
    service.retire(only_number)
    time.advance(seconds=WAIT_SECONDS)

    with pytest.raises(NumberConflictError, match="are live"):
        manage_numbers.release_number(service.caller(), only_number)
    assert isinstance(service.call(ALICE, only_number), Dial)


def test_the_next_owner_does_not_move_what_the_last_one_left(
    service: Service,
    stranger: Client,
    only_number: E164,
    release: Callable[[], None],
    before_write: BeforeWrite,
    request: pytest.FixtureRequest,
) -> None:
    before_write(release)
    session = service.create()
    service.change_number(virtual(0), status=NumberStatus.ACTIVE)
    if "taken" in request.node.callspec.id:
        change = NumberChange(health=NumberHealth.UNHEALTHY)
        manage_numbers.update_number(stranger, only_number, change)

    run()

    assert service.stored(session).first_virtual_number == GONE


def test_a_number_that_is_in_no_pool_is_not_in_service(service: Service) -> None:
    assert service.call(ALICE, GONE) == Announce(Announcement.NOT_IN_SERVICE)
