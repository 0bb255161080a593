"""Which addresses a host name may lead to: asked once, checked, and connected to as they are.

Link-local addresses are where a cloud keeps its machines' credentials: a name that leads there,
today or by a change of its records, must not make this engine fetch them for somebody.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpcore

_METADATA = frozenset(
    map(ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"))
)
"""Where clouds answer for their machines, beside the link-local addresses."""


class Guarded(httpcore.ConnectError):
    """A name leads to an address that only a definition itself may name."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is not reached by a name")
        self.address = address


def addresses_of(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, in order; raises ConnectError, and Guarded for an inner one."""
    if _literal(host) is not None:
        return (host,)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as cause:
        raise httpcore.ConnectError(str(cause)) from cause
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if _is_inner(address):
            raise Guarded(address)
    return addresses


def _literal(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _is_inner(text: str) -> bool:
    address = _literal(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and (address.is_link_local or address in _METADATA)
