"""Named places where a test may kill, break or delay the process."""

import os
import time
from collections.abc import Callable

_registered: set[str] = set()
_armed: dict[str, Callable[[], None]] = {}


class FaultInjected(RuntimeError):
    """Raised by a fault point that was armed with `raise`."""


def register(*names: str) -> None:
    """Declares fault points at import, so that a sweep can list them without running them."""
    _registered.update(names)


def registered() -> list[str]:
    """Every name declared by the modules imported so far."""
    return sorted(_registered)


def arm(text: str) -> None:
    """Arms the points of `OMO_FAULTS`: `name=exit9,other=raise,third=sleep:0.5`; replaces what was armed."""
    _armed.clear()
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, separator, action = item.partition("=")
        if not separator:
            raise ValueError(f"OMO_FAULTS: {item!r} is not name=action")
        _armed[name] = _action(name, action)


def hit(name: str) -> None:
    """Does what was armed for `name`; nothing at all in every normal process."""
    if _armed and name in _armed:
        _armed[name]()


def _action(name: str, action: str) -> Callable[[], None]:
    kind, _, argument = action.partition(":")
    match kind:
        case "exit9":
            # no cleanup, no flush: as near to SIGKILL as a process can do to itself
            return lambda: os._exit(9)
        case "raise":
            return lambda: _raise(name)
        case "sleep":
            # blocks the whole loop on purpose: a stalled process, not a slow call
            return lambda: time.sleep(float(argument))
        case _:
            raise ValueError(f"OMO_FAULTS: {name!r} has unknown action {action!r}; use exit9, raise or sleep:<s>")


def _raise(name: str) -> None:
    raise FaultInjected(name)
