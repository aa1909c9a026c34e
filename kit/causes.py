"""What caused the change that is being made: the event being handled, or the request being answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kit.telemetry import logs

_event_id: ContextVar[str] = ContextVar("omo_cause", default="")


def current() -> str:
    """The id of the event being handled, else of the request, else nothing."""
    return _event_id.get() or logs.request_id.get()


@contextmanager
def handling(event_id: str) -> Iterator[None]:
    """Names an event as the cause of everything done in the block."""
    token = _event_id.set(event_id)
    try:
        yield
    finally:
        _event_id.reset(token)
