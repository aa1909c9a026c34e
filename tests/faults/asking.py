"""Asks again while a part is not reachable."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx

from cli.demo.web import Refusal


async def reached(ask: Callable[[], Awaitable[Any]]) -> Any:
    """What headquarters were told in the end; a part that has just started may be away for a moment."""
    for _ in range(100):
        with suppress(Refusal, httpx.HTTPError):
            return await ask()
        await asyncio.sleep(0.1)
    return await ask()
