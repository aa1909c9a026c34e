"""Loopback ports: free ones for tests, fixed ones checked before use."""

import socket

from cli.stack.trouble import Trouble

_given: set[int] = set()


def free() -> int:
    """A port that nobody listens on at this moment, and that this process has not given out before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


def require(port: int, what: str) -> None:
    """Refuses early and clearly when somebody else holds the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Trouble(f"port {port} on 127.0.0.1, which {what} needs, is in use",
                          "stop the program that holds it, or start with `omoctl up --free-ports`") from None
