"""Guards where a URL leads to: the rules for callbacks hold whatever a name resolves to.

The check sits between resolving and connecting, and the address that passed is the one connected
to: a name that changes its mind in between gains nothing.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from maskline.domain.sessions.callback_urls import ForbiddenTargetError, TargetRules
from maskline.wire.outbound import Resolver


def guarded(rules: TargetRules, resolver: Resolver, url: str) -> Resolver:
    """`resolver`, raising ForbiddenTargetError if any address is off limits for `url`."""
    is_plain = urlsplit(url).scheme == "http"

    def resolve(host: str, port: int) -> Sequence[str]:
        addresses = resolver(host, port)
        if not all(rules.is_allowed(address, is_plain=is_plain) for address in addresses):
            raise ForbiddenTargetError("not a public address")
        return addresses

    return resolve
