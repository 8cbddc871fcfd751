"""A company under the watch of the template's alarms."""

from tests.support.scenario import ALICE, BOB, POOL, Scenario
from tests.support.watch import Watch


class WatchedCompany(Scenario):
    """Four American numbers and a session of Alice and Bob, watched."""

    def open(self) -> None:
        self.watch = Watch(self.service)
        self.provision()
        self.api("POST", "Number/", {"numbers": ",".join(POOL)}, expected=202)
        self.create("call", ALICE, BOB, callback_url=f"{self.service.outside.url}/taken")
        self.service.carry_on()

    def connects(self) -> bool:
        return self.ring(ALICE, self.virtual_number("call")).answer().hangup().is_connected

    def pass_minutes(self, count: int) -> None:
        """Minutes in which the schedules run, and streams and queues are read."""
        for _ in range(count):
            self.service.advance(60)
            self.service.run_schedules()
            self.service.carry_on()
            self.watch.pass_period()

    def assert_quiet(self) -> None:
        """Some minutes later no alarm is left: what was bad is looked at for as long as that."""
        self.watch.pass_period()
        self.pass_minutes(3)
        firing = self.watch.firing()
        assert not firing, firing

    def alarms(self) -> set[str]:
        self.watch.pass_period()
        return self.watch.firing()
