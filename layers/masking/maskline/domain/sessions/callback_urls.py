"""Rules for the URLs of callbacks: https on public addresses that are none of ours.

A URL may bring a login (`https://user:password@host/`), which goes into a header of its request and
is shown to nobody.
"""

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

# The settings of a session that are such URLs.
FIELDS = frozenset({"callback_url", "recording_callback_url"})

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
    """`allow_loopback` is for the local stack: this machine, and http to it.

    `own` are the places where the deployment itself listens.
    """

    allow_loopback: bool = False
    own: frozenset[str] = frozenset()

    @classmethod
    def of(cls, own_urls: Iterable[str], *, allow_loopback: bool) -> "TargetRules":
        """The rules of a deployment that is reached by those URLs, as far as they are any."""
        own: set[str] = set()
        for url in own_urls:
            with suppress(ValueError):
                own.add(_place(urlsplit(url)))
        return cls(allow_loopback, frozenset(own))

    def checked_url(self, url: str) -> str:
        """The URL as it is requested: ASCII, no login, no fragment. Raises ForbiddenTargetError."""
        try:
            parts = urlsplit(url.strip())
            self._check_parts(parts)
            place = _place(parts)
        except ValueError as error:
            raise ForbiddenTargetError("not a URL") from error
        if place in self.own:
            raise ForbiddenTargetError("a host of this service")
        netloc = parts.netloc.rpartition("@")[2]
        if not netloc.isascii():
            netloc = _netloc(_host(parts), parts.port)
        bare = urlunsplit(parts._replace(netloc=netloc, fragment=""))
        return quote(bare, safe=_URL_CHARACTERS)

    def _check_parts(self, parts: SplitResult) -> None:
        if parts.scheme not in ({"https", "http"} if self.allow_loopback else {"https"}):
            raise ForbiddenTargetError("not https")
        if not parts.hostname or parts.port == 0:
            raise ForbiddenTargetError("no host or port")
        literal = _literal(_host(parts).removesuffix("."))
        if literal and not self.is_allowed(literal, is_plain=parts.scheme == "http"):
            raise ForbiddenTargetError("not a public address")

    def is_allowed(self, address: str, *, is_plain: bool) -> bool:
        """Tell if a URL may lead to that address; `is_plain` if it is one of http."""
        if self.allow_loopback and ipaddress.ip_address(address).is_loopback:
            return True
        return not is_plain and is_public(address)


def is_public(address: str) -> bool:
    """Tell if an address is one that anybody on the internet could have."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, IPv4Address):
        return _is_public_v4(ip)
    carried = _carried_v4(ip)
    if carried:
        return _is_public_v4(carried)
    is_tunnel = any(ip in network for network in _TUNNELS)
    return ip in _GLOBAL_UNICAST and ip.is_global and not is_tunnel


def is_on_this_machine(url: str) -> bool:
    """Tell if a URL leads to the machine itself. Raises ValueError for what is no URL."""
    literal = _literal(_host(urlsplit(url)).removesuffix("."))
    return literal is not None and ipaddress.ip_address(literal).is_loopback


def login_of(url: str) -> str:
    """The login before the host, as it is written there; "" for none."""
    return urlsplit(url).netloc.rpartition("@")[0]


def without_login(url: str) -> str:
    """The URL as it is shown."""
    return with_login(url, "")


def with_login(url: str, login: str) -> str:
    """The URL with that login instead of its own, or without one for ""."""
    netloc = urlsplit(url).netloc
    host = netloc.rpartition("@")[2]
    return url.replace(f"//{netloc}", f"//{login}@{host}" if login else f"//{host}", 1)


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _carried_v4(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 host that is reached through an IPv4-mapped or NAT64 address."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped


def _literal(host: str) -> str | None:
    """The address that a host is, in any spelling that the resolver takes for one."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return None


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").encode("idna").decode("ascii")


def _place(parts: SplitResult) -> str:
    """Host and port, in one spelling."""
    port = parts.port or (80 if parts.scheme == "http" else 443)
    return _netloc(_host(parts).removesuffix("."), port)


def _netloc(host: str, port: int | None) -> str:
    return f"{host}:{port}" if port else host
