"""Traffic from a few figures: sessions that arrive, last and end, replayable from a seed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate

from tools.planning.spans import ANY, LiveCounts, Span, most_held

_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000
# So often somebody else is asked where one has no room for a further session.
_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people of one role.

    `at_once` is the most live sessions that one of them has at a time, 0 for no limit. Sessions
    fall to them by Zipf's law with the exponent `skew`; 0 is evenly.
    """

    people: int
    at_once: int = 0
    skew: float = 0.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Sessions in a day like any other.

    They arrive as a Poisson process whose rate follows `hourly`, 24 weights whose scale does not
    matter; `sessions_per_hour` is the mean of the day. They last `shortest_minutes` and then a
    time with a gamma distribution of shape 2, `minutes` in the mean. `countries` are shares by
    country of the first party. `abroad` is the share of sessions whose second party is of another
    country, `among_firsts` that of sessions whose second party is one of the firsts. `doors` is the
    share of sessions that miss their second party and ask for no PIN.
    """

    sessions_per_hour: float
    minutes: float
    firsts: Crowd
    seconds: Crowd
    shortest_minutes: float = 1.0
    cooloff_minutes: float = 0.0
    countries: Mapping[str, float] = field(default_factory=lambda: {ANY: 1.0})
    abroad: float = 0.0
    among_firsts: float = 0.0
    doors: float = 0.0
    hourly: tuple[float, ...] = (1.0,) * 24

    @property
    def most_at_once(self) -> int | None:
        """k, from the limits alone; None if somebody has none."""
        if not self.firsts.at_once or not self.seconds.at_once:
            return None
        at_once = max(self.firsts.at_once, self.seconds.at_once)
        return most_held(at_once, cooloff=self.cooloff_minutes, shortest=self.shortest_minutes)


def sessions_of(traffic: Traffic, *, hours: float, seed: int) -> list[Span]:
    """The sessions that start in that time, which begins at midnight, in order.

    One for which nobody has room does not come about.
    """
    generator = _Generator(traffic, random.Random(seed))
    return [span for at in generator.arrivals(hours) if (span := generator.session(at))]


class _Generator:
    def __init__(self, traffic: Traffic, chance: random.Random) -> None:
        self._traffic = traffic
        self._chance = chance
        self._live = LiveCounts()

    def arrivals(self, hours: float) -> Iterator[int]:
        """Instants of a Poisson process, thinned to the rate of the hour."""
        hourly, at = self._traffic.hourly, 0.0
        highest = max(hourly)
        fastest = self._traffic.sessions_per_hour * highest * len(hourly) / sum(hourly)
        while (at := at + self._chance.expovariate(fastest)) < hours:
            if self._chance.random() * highest < hourly[int(at) % len(hourly)]:
                yield int(at * _HOUR_MS)

    def session(self, at: int) -> Span | None:
        """Draw the next session: its parties and its time, or None if nobody has room."""
        self._live.end_until(at)
        country = self._country()
        first = self._person("first", country, but="")
        # Without doors nothing is drawn for them: a seed goes on to mean the sessions that it did.
        has_door = self._traffic.doors > 0 and self._chance.random() < self._traffic.doors
        second, abroad = ("", country) if has_door else self._second_party(country, but=first)
        if not first or not (second or has_door):
            return None
        span = Span(
            starts_at=at,
            ends_at=at + self._duration_ms(),
            first=first,
            second=second,
            first_country=country,
            second_country=abroad,
            cooloff_ms=int(self._traffic.cooloff_minutes * _MINUTE_MS),
            has_door=has_door,
        )
        self._live.begin(span)
        return span

    def _second_party(self, country: str, *, but: str) -> tuple[str, str]:
        """Name the one and the country, "" for the one if nobody has room."""
        abroad = self._country_of_the_other(country)
        role = "first" if self._chance.random() < self._traffic.among_firsts else "second"
        return self._person(role, abroad, but=but), abroad

    def _duration_ms(self) -> int:
        shortest = self._traffic.shortest_minutes
        further = self._chance.gammavariate(2, (self._traffic.minutes - shortest) / 2)
        return int((shortest + further) * _MINUTE_MS)

    def _country(self) -> str:
        countries = self._traffic.countries
        return self._chance.choices(list(countries), list(countries.values()))[0]

    def _country_of_the_other(self, country: str) -> str:
        others = {one: share for one, share in self._traffic.countries.items() if one != country}
        if not others or self._chance.random() >= self._traffic.abroad:
            return country
        return self._chance.choices(list(others), list(others.values()))[0]

    def _person(self, role: str, country: str, *, but: str) -> str:
        """Somebody with room, "" if a number of draws finds nobody."""
        crowd = self._traffic.firsts if role == "first" else self._traffic.seconds
        people = max(1, round(crowd.people * self._traffic.countries[country]))
        weights = _cumulative_weights(people, crowd.skew)
        for _ in range(_DRAWS):
            name = f"{country}-{role}-{self._chance.choices(range(people), cum_weights=weights)[0]}"
            if name != but and self._live.has_room(name, crowd.at_once):
                return name
        return ""


@cache
def _cumulative_weights(people: int, skew: float) -> list[float]:
    return list(accumulate((rank + 1) ** -skew for rank in range(people)))
