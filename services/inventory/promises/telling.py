"""Who hears of promises that facts have touched: those whose they are, and people where somebody must look."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from google.protobuf.message import Message

from kit.postgres import Tx
from services.inventory.promises import wire
from services.inventory.promises.domain_mend import Told
from services.inventory.promises.ports import Tasks
from services.inventory.stock import store_boards

TASK = "PROMISE_BROKEN"


async def tell(tx: Tx, broken: Sequence[Told], regained: Sequence[Told], now: datetime) -> list[Message]:
    """The events to append; each counts as one more change of its hold or order."""
    told = [*((wire.broken, row) for row in broken), *((wire.mended, row) for row in regained)]
    versions = await store_boards.versions(tx, [one.id for _, (one, _, _) in told])
    return [tell(one, place, units, versions.get(one.id, 1), now) for tell, (one, place, units) in told]


async def ask(tx: Tx, tasks: Tasks, broken: Sequence[Told], now: datetime) -> None:
    """Somebody must look where a promise was broken."""
    for one, place, units in broken:
        details: Mapping[str, object] = {"quantity": units, "order_id": one.order_id, "line_no": one.line_no}
        await tasks.open(tx, TASK, place, f"{one.sku} {one.id}", details, now)
