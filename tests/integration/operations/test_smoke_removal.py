"""What `make smoke` removes, and that it says so where something is left."""

from collections.abc import Iterable

import pytest

from maskline import clock
from maskline.services.accounts.provision import provision_account
from maskline.store import keys, table
from tests.support.service import Service
from tools.smoke import made as module
from tools.smoke.made import Made


@pytest.fixture
def made(service: Service) -> Made:
    """A run that came as far as its account."""
    run = Made.drawn(numbers=1)
    run.began_at = clock.now_ms()
    provision_account(run.order())
    return run


def stored(made: Made) -> bool:
    return table.get(keys.account(made.account_id)) is not None


@pytest.mark.whole_sdk
def test_what_is_removed_is_its_own(made: Made) -> None:
    other = Made.drawn(numbers=1)
    provision_account(other.order())

    assert made.remove(clock.now_ms()) == 0

    assert (stored(made), stored(other)) == (False, True)
    assert made.remove(clock.now_ms()) == 0


def test_it_says_how_much_is_left(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def deletes_nothing(places: Iterable[module.Place]) -> None:
        assert list(places)

    monkeypatch.setattr(module, "_delete", deletes_nothing)

    # The account, its carrier, and a token of each.
    assert made.remove(clock.now_ms()) == 4
    assert stored(made)
