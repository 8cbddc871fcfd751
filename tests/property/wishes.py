"""What a session is to be like, and what it would rather give up than be refused."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Rung, Strategy


@dataclass(frozen=True)
class Wish:
    """`ladder` is what the session would give up, `given_up` what it has; `carrier` "" is any."""

    strategy: Strategy
    is_geomatched: bool
    ladder: tuple[Rung, ...] = ()
    is_sticky: bool = False
    given_up: tuple[Rung, ...] = ()
    carrier: str = ""

    @classmethod
    def of(cls, request: SessionRequest) -> "Wish":
        """As it was asked for."""
        terms = request.terms
        return cls(
            request.strategy,
            terms.is_geomatched,
            terms.on_exhaustion,
            terms.is_sticky,
            carrier=terms.carrier,
        )

    def lesser(self) -> "Iterator[Wish]":
        """The wish itself, then with more and more given up."""
        yield self
        wish = self
        for rung in self.ladder:
            if rung is Rung.ANY_COUNTRY and wish.is_geomatched:
                wish = replace(wish, is_geomatched=False, given_up=(*wish.given_up, rung))
                yield wish
            if rung is Rung.PER_PARTY and wish.strategy is Strategy.SHARED:
                wish = replace(wish, strategy=Strategy.PER_PARTY, given_up=(*wish.given_up, rung))
                yield wish
            if rung is Rung.ANY_CARRIER and wish.carrier:
                wish = replace(wish, carrier="", given_up=(*wish.given_up, rung))
                yield wish
