"""Where a request comes from: the peer, or what trusted proxies say of it; never what anybody else says (T10)."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses or networks, as written in IDP_TRUSTED_PROXIES. Raises ValueError."""
    return tuple(ip_network(text, strict=False) for text in texts)


def nearest(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The nearest address that is not a proxy of ours; `forwarded` is what X-Forwarded-For says."""
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    address = peer
    while chain and _is_in(address, trusted):
        address = chain.pop()
    return address


def household(address: str) -> str:
    """Where tries are counted: the address, or of IPv6 its /64, which is what one household gets."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    try:
        return any(ip_address(address) in network for network in trusted)
    except ValueError:
        return False
