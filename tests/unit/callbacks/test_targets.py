"""Where a callback may go, and where it may not."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.callbacks.targets import ForbiddenTargetError, TargetRules, is_public

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
        "https://user@customer.example.com/",
        "https://user:secret@customer.example.com/",
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
    ],
)
def test_urls_as_they_are_requested(url: str, requested: str) -> None:
    assert RULES.checked_url(url) == requested


def test_http_is_for_the_local_stack() -> None:
    assert LOCAL.checked_url("http://127.0.0.1:3000/status") == "http://127.0.0.1:3000/status"


def _resolve(rules: TargetRules, url: str, *addresses: str) -> list[str]:
    return list(rules.guarded(lambda _host, _port: list(addresses), url)("customer.example", 443))


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
