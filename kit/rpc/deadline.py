"""The time that is left: each call inherits what remains of its caller's, less the way back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kit.errors import Code, Fault

DEFAULT = 2.0
# Less than the caller has, so that our caller still hears which service was
# too slow, from us, before its own timer fires and it hears nothing.
SHAVED = 0.020

_ends: ContextVar[float | None] = ContextVar("omo_deadline", default=None)


class Passed(Fault):
    code = Code.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"


class Missing(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "DEADLINE_MISSING"


def begin(seconds: float | None) -> None:
    """Sets what this task has left: for the wrap point, which owns its task."""
    _ends.set(None if seconds is None else time.monotonic() + seconds)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Gives the calls of a block this much time together: for timers and reactions, which have no caller."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def remaining() -> float | None:
    """Seconds that are left to this task, or None when nobody waits."""
    ends = _ends.get()
    return None if ends is None else ends - time.monotonic()


def is_over() -> bool:
    """Whether nobody waits any more."""
    ends = _ends.get()
    return ends is not None and ends - time.monotonic() <= SHAVED


def forwarded(asked: float | None) -> float:
    """The timeout of a call made now: what was asked, but never more than the caller's rest less 20 ms."""
    rest = remaining()
    if rest is None:
        return DEFAULT if asked is None else asked
    left = rest - SHAVED
    if left <= 0:
        raise Passed("no time left to ask another service")
    return left if asked is None else min(asked, left)
