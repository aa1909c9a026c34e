"""Loads a library without the companions that it would also load, were they installed.

structlog takes rich for its console, nats-py takes aiohttp for websockets: six
and seven megabytes in every process of a fleet, for what no server uses.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*companions: str) -> Iterator[None]:
    """Imports in the block do not find these, unless something else has loaded them before."""
    hidden = [name for name in companions if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python says: this import fails
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
