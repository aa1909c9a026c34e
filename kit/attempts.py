"""How often something may be tried: limits are pairs of a count and the period in which so many fit."""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta


def wait(times: Sequence[datetime], limits: Iterable[tuple[int, timedelta]], now: datetime) -> timedelta:
    """How long until one more fits into every period; zero if it does now. `times` are those of earlier attempts."""
    longest = timedelta()
    for count, period in limits:
        recent = sorted(at for at in times if at > now - period)
        if len(recent) >= count:
            longest = max(longest, recent[-count] + period - now)
    return longest


def horizon(limits: Iterable[tuple[int, timedelta]]) -> timedelta:
    """How long a time must be remembered."""
    return max(period for _, period in limits)


def network(address: str) -> str:
    """The network that an address is in: /24, or /48 of IPv6. What is no address shares one."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return "unknown"
    parsed = (parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None) or parsed
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))
