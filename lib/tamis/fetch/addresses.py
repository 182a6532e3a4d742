"""Names to addresses, and which addresses are the public Internet (IANA special-purpose registries)."""

from __future__ import annotations

import ipaddress
import socket

from tamis.errors import DocumentError

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: its low 32 bits are an IPv4 address
UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that IANA gives out; the rest is local or reserved


def is_public(address: str) -> bool:
    """Say whether an address belongs to the public Internet.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is public where both are.

    Example:
        >>> is_public("93.184.215.14"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
        (True, False, False)
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    if found.ipv4_mapped:
        return is_public(str(found.ipv4_mapped))
    if found in NAT64:
        return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    inner = [found.sixtofour, *(found.teredo or ())]
    return found in UNICAST and found.is_global and all(is_public(str(part)) for part in inner if part)


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the system's order of preference.

    Raises:
        DocumentError: ``unresolved``.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DocumentError("unresolved", f"{host}: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
