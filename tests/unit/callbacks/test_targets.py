"""Where a callback may go, and where it may not."""

import ipaddress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.callbacks.targets import guarded
from maskline.domain.sessions.callback_urls import (
    ForbiddenTargetError,
    TargetRules,
    is_public,
    login_of,
    with_login,
    without_login,
)

RULES = TargetRules()
LOCAL = TargetRules(allow_loopback=True)

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "233.252.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001:0:808:808::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_every_dress(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | int(address))
    translated = ipaddress.IPv6Address((0x64FF9B << 96) | int(address))

    assert is_public(str(mapped)) == is_public(str(translated)) == is_public(str(address))


@given(st.ip_addresses(v=6, network="::/3"))
def test_nothing_below_the_global_unicast_block_is_public_in_itself(
    address: ipaddress.IPv6Address,
) -> None:
    carries_v4 = address.ipv4_mapped or address in ipaddress.IPv6Network("64:ff9b::/96")

    assert carries_v4 or not is_public(str(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "customer.example.com",
        "http://customer.example.com/",
        "ftp://customer.example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///status",
        "https://user@10.0.0.1/",
        "https://customer.example.com\\@10.0.0.1/",
        "https://customer.example.com:0/",
        "https://customer.example.com:99999/",
        "https://customer.example.com:x/",
        "https://[::1/",
        "https://customer..example.com/",
        f"https://{'a' * 64}.example.com/",
    ],
)
def test_urls_that_are_not_called(url: str) -> None:
    with pytest.raises(ForbiddenTargetError):
        RULES.checked_url(url)


@pytest.mark.parametrize(
    ("url", "requested"),
    [
        ("https://customer.example.com", "https://customer.example.com"),
        (
            "https://customer.example.com:8443/a?b=%2F#c",
            "https://customer.example.com:8443/a?b=%2F",
        ),
        (" https://customer.example.com/a b ", "https://customer.example.com/a%20b"),
        ("https://bücher.example/ü?ß=1", "https://xn--bcher-kva.example/%C3%BC?%C3%9F=1"),
        ("https://bücher.example:8443/", "https://xn--bcher-kva.example:8443/"),
        ("https://[2606:2800:21f::1]/a", "https://[2606:2800:21f::1]/a"),
        ("https://user:secret@customer.example.com/a@b", "https://customer.example.com/a@b"),
        ("https://user:s@cret@bücher.example:8443/", "https://xn--bcher-kva.example:8443/"),
        ("https://@customer.example.com/", "https://customer.example.com/"),
    ],
)
def test_urls_as_they_are_requested(url: str, requested: str) -> None:
    assert RULES.checked_url(url) == requested


def test_http_is_for_the_local_stack() -> None:
    assert LOCAL.checked_url("http://127.0.0.1:3000/status") == "http://127.0.0.1:3000/status"


def _resolve(rules: TargetRules, url: str, *addresses: str) -> list[str]:
    return list(guarded(rules, lambda _host, _port: list(addresses), url)("customer.example", 443))


def test_public_addresses_pass() -> None:
    assert _resolve(RULES, "https://customer.example/", *PUBLIC) == PUBLIC


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_one_address_off_limits_is_enough(address: str) -> None:
    with pytest.raises(ForbiddenTargetError):
        _resolve(RULES, "https://customer.example/", PUBLIC[0], address)


def test_the_local_stack_reaches_this_machine_and_no_other() -> None:
    assert _resolve(LOCAL, "http://localhost/", "127.0.0.1", "::1") == ["127.0.0.1", "::1"]
    assert _resolve(LOCAL, "https://customer.example/", PUBLIC[0]) == [PUBLIC[0]]
    for url, address in [
        ("http://customer.example/", PUBLIC[0]),
        ("http://customer.example/", "10.0.0.1"),
        ("https://customer.example/", "10.0.0.1"),
    ]:
        with pytest.raises(ForbiddenTargetError):
            _resolve(LOCAL, url, address)


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "db.localhost",
    "169.254.169.254",
    "0xa9fea9fe",
    "10.1",
    "192.168.1.1",
    "100.64.0.1",
    "[::1]",
    "[::]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[fd00:ec2::254]",
    "[fe80::1%25eth0]",
    "[2002:7f00:1::1]",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_literal_address_is_judged_before_it_is_resolved(host: str) -> None:
    for login, port in product(("", "user:secret@"), ("", ":8443")):
        with pytest.raises(ForbiddenTargetError, match="not a public address"):
            RULES.checked_url(f"https://{login}{host}{port}/status")


@pytest.mark.parametrize("host", ["93.184.215.14", "0x5db8d70e", "mylocalhost", "10.example.com"])
def test_public_addresses_and_names_are_not_in_the_way(host: str) -> None:
    assert RULES.checked_url(f"https://{host}/") == f"https://{host}/"


OWN = TargetRules.of(
    [
        "https://api.example.com",
        "https://abc.execute-api.us-east-1.amazonaws.com/",
        "",
        "https://[",
    ],
    allow_loopback=False,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/carriers/plivo/answer?From=12025550100",
        "https://api.example.com:443/",
        "https://API.Example.com./",
        "https://user:secret@api.example.com/",
        "https://abc.execute-api.us-east-1.amazonaws.com/v1/",
    ],
)
def test_no_callback_goes_to_ourselves(url: str) -> None:
    with pytest.raises(ForbiddenTargetError, match="a host of this service"):
        OWN.checked_url(url)


@pytest.mark.parametrize("url", ["https://hooks.api.example.com/", "https://example.com/"])
def test_neighbours_of_ours_are_customers(url: str) -> None:
    assert OWN.checked_url(url) == url


def test_the_local_stack_tells_itself_from_its_neighbours_by_the_port() -> None:
    rules = TargetRules.of(["http://127.0.0.1:3000"], allow_loopback=True)

    assert rules.checked_url("http://127.0.0.1:3001/") == "http://127.0.0.1:3001/"
    with pytest.raises(ForbiddenTargetError):
        rules.checked_url("http://127.0.0.1:3000/")


@pytest.mark.parametrize(
    ("url", "login", "shown"),
    [
        ("https://u:p@h.example/a?b#c", "u:p", "https://h.example/a?b#c"),
        ("https://u:p%40@h.example:8443", "u:p%40", "https://h.example:8443"),
        ("https://u@h.example/u@h.example", "u", "https://h.example/u@h.example"),
        ("https://u:p@h", "u:p", "https://h"),
        ("https://@h.example/?", "", "https://h.example/?"),
        ("https://h.example/?a=b@c", "", "https://h.example/?a=b@c"),
        ("", "", ""),
    ],
)
def test_a_login_is_taken_out_of_a_url_and_put_back(url: str, login: str, shown: str) -> None:
    assert (login_of(url), without_login(url)) == (login, shown)
    assert with_login(shown, login) == url.replace("//@", "//")
