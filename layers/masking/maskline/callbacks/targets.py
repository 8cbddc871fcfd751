"""Which URLs a callback may go to: https on public addresses, whatever a name resolves to.

The check sits between resolving and connecting, and the address that passed is the one connected
to: a name that changes its mind in between gains nothing.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from maskline.outbound import Resolver

# What may stand in a URL as it is; the rest of a customer's URL is percent-encoded.
_URL_CHARACTERS = "%/:?@!$&'()*+,;=-._~[]"

_GLOBAL_UNICAST = IPv6Network("2000::/3")
# 6to4 and Teredo carry an IPv4 address to a relay of somebody's; no customer lives there.
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
_NAT64 = IPv6Network("64:ff9b::/96")


class ForbiddenTargetError(Exception):
    """A callback must not go there. The message says why, without the URL."""


@dataclass(frozen=True, slots=True)
class TargetRules:
    """`allow_loopback` is for the local stack: this machine, and http to it."""

    allow_loopback: bool = False

    def checked_url(self, url: str) -> str:
        """The URL as it is requested: ASCII, no fragment. Raises ForbiddenTargetError."""
        try:
            parts = urlsplit(url.strip())
            self._check_parts(parts)
            host = (parts.hostname or "").encode("idna").decode("ascii")
        except ValueError as error:
            raise ForbiddenTargetError("not a URL") from error
        netloc = parts.netloc if parts.netloc.isascii() else _netloc(host, parts.port)
        bare = urlunsplit(parts._replace(netloc=netloc, fragment=""))
        return quote(bare, safe=_URL_CHARACTERS)

    def _check_parts(self, parts: SplitResult) -> None:
        if parts.scheme not in ({"https", "http"} if self.allow_loopback else {"https"}):
            raise ForbiddenTargetError("not https")
        if "@" in parts.netloc:
            raise ForbiddenTargetError("credentials in the URL")
        if not parts.hostname or parts.port == 0:
            raise ForbiddenTargetError("no host or port")

    def guarded(self, resolver: Resolver, url: str) -> Resolver:
        """`resolver`, raising ForbiddenTargetError if any address is off limits for `url`."""
        is_plain = urlsplit(url).scheme == "http"

        def resolve(host: str, port: int) -> Sequence[str]:
            addresses = resolver(host, port)
            if not all(self._is_allowed(address, is_plain) for address in addresses):
                raise ForbiddenTargetError("not a public address")
            return addresses

        return resolve

    def _is_allowed(self, address: str, is_plain: bool) -> bool:
        if self.allow_loopback and ipaddress.ip_address(address).is_loopback:
            return True
        return not is_plain and is_public(address)


def is_public(address: str) -> bool:
    """Whether an address is one that anybody on the internet could have."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, IPv4Address):
        return _is_public_v4(ip)
    carried = _carried_v4(ip)
    if carried:
        return _is_public_v4(carried)
    is_tunnel = any(ip in network for network in _TUNNELS)
    return ip in _GLOBAL_UNICAST and ip.is_global and not is_tunnel


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _carried_v4(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 host that is reached through an IPv4-mapped or NAT64 address."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped


def _netloc(host: str, port: int | None) -> str:
    return f"{host}:{port}" if port else host
