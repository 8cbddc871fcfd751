"""Numbers are retired and brought back, go bad and get well, and sessions move off the bad ones."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from maskline.carriers import DEFAULT
from maskline.domain.errors import NumberConflictError
from maskline.domain.numbers.carriers import CarrierHealth
from maskline.domain.numbers.pool import NumberHealth
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Rung
from maskline.services.numbers import carriers
from maskline.services.numbers import manage as manage_numbers
from tests.property.machine import NUMBERS, Machine
from tests.property.promises import Promise, carrier_of
from tests.property.table_rules import pair_row
from tests.support.builders import virtual
from tests.support.carriers import OTHER
from tests.support.replacing import call_healthy, call_unhealthy, run

graces = st.none() | st.integers(1, 900)


class NumberRules(Machine):
    """What an operator says of numbers, and the job that moves sessions."""

    @precondition(lambda self: self.model.retired)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Only after the wait; from then on the number leads nowhere."""
        number = data.draw(st.sampled_from(sorted(self.model.retired)))
        try:
            manage_numbers.release_number(self.service.caller(), number)
        except NumberConflictError:
            assert not self.model.is_releasable(number)
        else:
            assert self.model.is_releasable(number)
            del self.model.numbers[number], self.model.retired[number]
            self.model.unhealthy.pop(number, None)

    @rule(index=st.integers(0, NUMBERS - 1))
    def retire_or_bring_back(self, index: int) -> None:
        """A number that was released comes back as the last of the pool."""
        number = virtual(index)
        if number not in self.model.numbers:
            self.add_number(index)
            self.model.numbers[number] = self.time.now
        elif number not in self.model.retired:
            self.retire(number)
        else:
            self.bring_back(number)

    @precondition(lambda self: self.model.numbers)
    @rule(data=st.data(), grace=graces, is_well=st.booleans())
    def goes_bad_or_well_again(self, data: st.DataObject, grace: int | None, is_well: bool) -> None:
        """A number that is called bad once more may go with another grace from then on."""
        used = {promise.numbers[role] for promise in self.model.live() for role in Role}
        if is_well and self.model.unhealthy:
            number = data.draw(st.sampled_from(sorted(self.model.unhealthy)))
            call_healthy(self.service, number)
            del self.model.unhealthy[number]
            return
        number = data.draw(st.sampled_from(sorted(used or self.model.numbers)))
        call_unhealthy(self.service, number, **({} if grace is None else {"grace_seconds": grace}))
        self.model.unhealthy[number] = grace

    @precondition(lambda self: self.model.unhealthy)
    @rule()
    def a_minute_comes(self) -> None:
        """Whoever can leave a bad number does, for the first that fits, and nobody else moves.

        Which of two sessions comes first is not promised. But what one takes only ever leaves less
        to the others: so whatever still fits at the end did when a session's turn came, and what is
        apart from doors, or from what strangers hear, was so then.
        """
        waiting = [
            (promise, role, promise.numbers[role])
            for promise in self.model.live()
            for role in Role
            if promise.numbers[role] in self.model.unhealthy
        ]
        apart = [self._apart(one, role, [*self.model.numbers]) for one, role, _ in waiting]
        run()
        has_moved = [self._follow(promise, role) for promise, role, _ in waiting]
        found = zip(waiting, apart, has_moved, strict=True)
        moved = [(*one, was_apart) for one, was_apart, has in found if has]
        for (promise, role, _), has in zip(waiting, has_moved, strict=True):
            assert has or not self._fitting(promise, role)
        self._assert_best(moved)
        self._remember([promise for promise, *_ in moved])
        before = self.service.items()
        run()
        assert _without_orders(self.service.items()) == _without_orders(before)

    @precondition(lambda self: not self.model.unhealthy)
    @rule(carrier=st.sampled_from([DEFAULT, OTHER]), grace=graces)
    def a_carrier_fails_for_a_minute(self, carrier: str, grace: int | None) -> None:
        """Whoever may leave it and can does, with both numbers, and nobody comes back."""
        self._say(carrier, NumberHealth.UNHEALTHY, grace)
        self.model.bad_carriers = {carrier}
        on_it = [promise for promise in self.model.live() if promise.carrier == carrier]
        run()
        moved = [promise for promise in on_it if self._left(promise, grace)]
        self._remember(moved)
        for promise in on_it:
            if promise not in moved and _may_leave(promise):
                free = {role: self._elsewhere(promise, role) for role in Role}
                wish, nothing = replace(promise.wish, carrier=""), {role: [] for role in Role}
                assert self.model.of_one_carrier(promise, wish, free, nothing) is None
        self._say(carrier, NumberHealth.HEALTHY, None)
        self.model.bad_carriers = set()
        before = self.service.items()
        run()
        assert self.service.items() == before

    def _say(self, carrier: str, health: NumberHealth, grace: int | None) -> None:
        told = CarrierHealth(health, grace)
        carriers.set_carrier_health(self.service.caller(), carrier, told)

    def _left(self, promise: Promise, grace: int | None) -> bool:
        """The model makes the same move, if the service made one."""
        stored = self.service.stored(self.session_of(promise))
        new = {role: stored.virtual_number(role) for role in Role}
        if new == promise.numbers:
            return False
        assert _may_leave(promise)
        assert {carrier_of(number) for number in new.values()} == {stored.carrier}
        assert stored.carrier != promise.carrier
        allowed = self.model.pool_for(replace(promise.wish, carrier=""))
        assert {*new.values()} <= {*allowed}
        until = None if grace is None else self.time.now + grace * 1000
        for role in Role:
            promise.move(role, new[role], until=until)
        if promise.wish.carrier:
            given_up = (*promise.wish.given_up, Rung.ANY_CARRIER)
            promise.wish = replace(promise.wish, carrier="", given_up=given_up)
        return True

    def _elsewhere(self, promise: Promise, role: Role) -> list[E164]:
        wish = replace(promise.wish, carrier="")
        return self.model.fitting(promise, wish, role, besides=promise, is_leaving=True)

    def _assert_best(self, moved: list[tuple[Promise, Role, E164, list[E164]]]) -> None:
        """The roles that leave one number together are kept apart if there is room for both."""
        met = {
            (promise, old)
            for promise, role, old, was_apart in moved
            if promise.numbers[role] not in was_apart
        }
        without_room = set()
        for promise, role, old, _ in moved:
            own, fitting = promise.numbers[role], self._fitting(promise, role)
            others = {*self._apart(promise, role, fitting)} - {own}
            if not others:
                without_room.add((promise, old))
            if (promise, old) not in met:
                fitting = [number for number in fitting if number in others | {own}]
            assert fitting[:1] == [own]
        assert met <= without_room

    def _fitting(self, promise: Promise, role: Role) -> list[E164]:
        return self.model.fitting(promise, promise.wish, role, besides=promise)

    def _apart(self, promise: Promise, role: Role, numbers: list[E164]) -> list[E164]:
        return self.model.apart(promise, promise.wish, role, numbers)

    def _follow(self, promise: Promise, role: Role) -> bool:
        """The model makes the same move, if the service made one."""
        stored = self.service.stored(self.session_of(promise))
        new, old = stored.virtual_number(role), promise.numbers[role]
        if new == old:
            return False
        grace = self.model.unhealthy[old]
        until = None if grace is None else self.time.now + grace * 1000
        promise.move(role, new, until=until)
        return True

    def _remember(self, moved: list[Promise]) -> None:
        """Of two sessions of one pair, whichever came last is remembered."""
        remembered = {item["PK"]: item["numbers"] for item in self.service.items_of("pair")}
        for promise in moved:
            pair, numbers = pair_row(promise.numbers_by_party)
            if remembered.get(pair) == numbers:
                self.model.remember(promise)


def _may_leave(promise: Promise) -> bool:
    """Whether the session named no carrier, or would give that up."""
    return not promise.terms.carrier or Rung.ANY_CARRIER in promise.terms.on_exhaustion


def _without_orders(items: list[dict[str, object]]) -> list[dict[str, object]]:
    """A fulfilled order may be closed by any run."""
    return [item for item in items if item.get("item") != "replacement"]
