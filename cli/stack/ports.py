"""Loopback ports: free ones for tests, fixed ones checked before use."""

import random
import socket

from cli.stack.trouble import Trouble

# Below every system's range for outgoing connections: nobody is given one of these by chance between choice and use.
_RANGE = range(20_000, 32_000)
_given: set[int] = set()


def free() -> int:
    """A port that nobody listens on at this moment, and that this process has not given out before."""
    while True:
        port = random.choice(_RANGE)
        if port not in _given and _bindable(port):
            _given.add(port)
            return port


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def require(port: int, what: str) -> None:
    """Refuses early and clearly when somebody else holds the port."""
    if not _bindable(port):
        raise Trouble(
            f"port {port} on 127.0.0.1, which {what} needs, is in use",
            "stop the program that holds it, or start with `omoctl up --free-ports`",
        )
