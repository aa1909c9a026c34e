"""What happens once, at the start: waiting for what may be late, and saying where we listen."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from kit.telemetry import logs

_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
_REMIND_SECONDS = 30.0

_log = logs.get(__name__)

T = TypeVar("T")


async def eventually(dependency: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of `attempt`, tried until it works; says once that it waits, then every half minute.

    A process that gave up here would be restarted into the same wait, and
    the log would hold nothing but restarts.
    """
    said, pause = float("-inf"), _PAUSE
    while True:
        try:
            result = await attempt()
        except Exception as error:  # whatever a driver raises while its server is away
            if time.monotonic() - said > _REMIND_SECONDS:
                said = time.monotonic()
                _log.warning("waiting", dependency=dependency, error=f"{type(error).__name__}: {error}")
        else:
            if said > float("-inf"):
                _log.info("reached", dependency=dependency)
            return result
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def announce(service: str, address: str, metrics_address: str, file: Path | None) -> None:
    """Tells whoever started us where we listen: a file where one is asked for, and one line of JSON."""
    if file is not None:
        _write(file.with_name(f"{file.name}.metrics"), metrics_address)
        _write(file, address)  # after the other: whoever waits for this one finds both
    said = {"event": "listening", "service": service, "address": address, "metrics_address": metrics_address}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)  # a reader sees all of it or nothing
