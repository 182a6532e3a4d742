"""Which addresses are public: the first and the last of each special block, and their neighbours."""

from __future__ import annotations

import socket

import pytest

from tamis.errors import DocumentError
from tamis.fetch import addresses
from tamis.fetch.addresses import is_public, resolve

PRIVATE = [
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
    "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.168.0.0",
    "192.168.255.255", "198.18.0.0", "198.19.255.255", "224.0.0.0", "224.0.0.1", "239.255.255.255",
    "240.0.0.0", "255.255.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1",
    "::", "::1", "::127.0.0.1", "1fff::1", "4000::1",
    "fc00::", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff00::1", "ff0e::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:c0a8:101::1", "2001:db8::1",
]  # fmt: skip
PUBLIC = [
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2400::1", "2606:2800:220:1::1", "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_special_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_neighbour_of_a_special_block_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("name", ["2130706433", "0x7f.1", "127.1", "[::1]"])
def test_odd_spellings_of_loopback_resolve_to_what_is_refused(name):
    assert {is_public(address) for address in resolve(name, 80)} == {False}


def test_each_address_of_a_name_is_told_once_in_order(monkeypatch):
    found = [(0, 0, 0, "", (ip, 80)) for ip in ("192.0.2.9", "192.0.2.1", "192.0.2.9")]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: found)
    assert resolve("site.test", 80) == ["192.0.2.9", "192.0.2.1"]


def test_name_without_an_address_is_unresolved(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", fail)
    with pytest.raises(DocumentError, match=r"unresolved: site\.test"):
        resolve("site.test", 80)
