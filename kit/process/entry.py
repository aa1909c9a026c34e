"""The way into every server process: settings, event loop, exit code."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import uvloop

from kit import settings as environment
from kit.settings import ProcessSettings
from kit.telemetry import logs

_CRASHED = 1
_INTERRUPTED = 130

_log = logs.get(__name__)

S = TypeVar("S", bound=ProcessSettings)


def main(serve: Callable[[S], Awaitable[None]], settings: type[S]) -> None:
    """Runs `serve` until it ends: 0 after an ordered stop, 78 for bad settings, 1 after a crash."""
    loaded = environment.load(settings)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_awaited(serve, loaded))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception:  # said once, in the log, instead of a bare traceback
        _log.exception("crashed")
        sys.exit(_CRASHED)


async def _awaited(serve: Callable[[S], Awaitable[None]], settings: S) -> None:
    await serve(settings)
