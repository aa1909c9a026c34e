"""Loopback ports: free ones for tests, fixed ones checked before use."""

import fcntl
import functools
import os
import random
import socket
import tempfile
from pathlib import Path

from cli.stack.trouble import Trouble

# Below every system's range for outgoing connections: nobody is given one of these by chance between choice and use.
_RANGE = range(20_000, 32_000)
_given: set[int] = set()


def free() -> int:
    """A port that nobody listens on at this moment, and that neither this process nor another has given out."""
    while True:
        port = random.choice(_RANGE)
        if port not in _given and _claimed(port) and _bindable(port):
            _given.add(port)
            return port


def _claimed(port: int) -> bool:
    """Whether it is ours until this process ends: others that look for ports now have not bound theirs yet either."""
    try:
        fcntl.lockf(_book(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@functools.cache
def _book() -> int:
    """One file for all processes of this user; its bytes stand for ports, and a lock ends with its process."""
    path = Path(tempfile.gettempdir()) / f"omo-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


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
