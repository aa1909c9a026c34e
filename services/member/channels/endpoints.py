"""Which addresses a browser may ask us to post to: those of the push services that the brand trusts."""

from collections.abc import Sequence
from urllib.parse import urlsplit

_LONGEST = 2048
_HERE = ("127.0.0.1", "localhost")


def allowed(endpoint: str, hosts: Sequence[str]) -> bool:
    """Whether the endpoint is https at one of these hosts; `*.example.com` means any below it.

    A subscription comes from a browser, so without this list anybody could have us call whatever our network
    reaches. Loopback may be plain, and is refused by the settings in production.
    """
    if len(endpoint) > _LONGEST or not endpoint.isascii():
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password or not any(_matches(host, one) for one in hosts):
        return False
    if host in _HERE:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and port in (None, 443)


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern
