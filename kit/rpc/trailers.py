"""What an answer says beside its message, for callers further up: set anywhere while a call is handled."""

from contextvars import ContextVar

_trailers: ContextVar[list[tuple[str, str]] | None] = ContextVar("omo_trailers", default=None)


def begin() -> list[tuple[str, str]]:
    """Starts collecting for this call; the wrap point sends what was added."""
    collected: list[tuple[str, str]] = []
    _trailers.set(collected)
    return collected


def add(key: str, value: str) -> None:
    """Adds trailing metadata to the answer of the call in hand; nothing outside a call."""
    collected = _trailers.get()
    if collected is not None:
        collected.append((key, value))
