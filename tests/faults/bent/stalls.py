"""An order whose saga's holder stops in the middle of its work, and goes on when its lease is long another's (F21)."""

import asyncio
import sys
from collections import defaultdict
from typing import Any

from kit.errors import Fault
from services.order.checkout.usecases_saga import Run, Saga
from tests.faults.bent import running

_PATIENCE = 60.0
STALLED = "stalled with its order refused"

# by order: the next holder has the money secured, and the late one has done what it can
_secured: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
_tried: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
_refuse = Saga._refuse
_confirm = Saga._confirm


async def _late(self: Saga, run: Run, fault: Fault) -> Any:
    """The first holder was refused, and stands still before it ends the order."""
    order_id = run.order.order_id
    sys.stdout.write(f"{STALLED}: {order_id}\n")
    sys.stdout.flush()
    async with asyncio.timeout(_PATIENCE):
        await _secured[order_id].wait()
    try:
        await _refuse(self, run, fault)
    finally:
        _tried[order_id].set()


async def _met(self: Saga, run: Run, reference: str) -> Any:
    """Whoever took over meets the late one just before the order would be a promise."""
    if run.resumed:
        _secured[run.order.order_id].set()
        async with asyncio.timeout(_PATIENCE):
            await _tried[run.order.order_id].wait()
    return await _confirm(self, run, reference)


def bend() -> None:
    Saga._refuse = _late  # type: ignore[method-assign]
    Saga._confirm = _met  # type: ignore[method-assign]


if __name__ == "__main__":
    bend()
    running.run()
