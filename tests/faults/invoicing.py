"""The brand issues invoices on days that go wrong: for as long as one order lasts, and no number is lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from kit.ids import uuid7
from tests.depth import PATIENCE
from tests.faults.asking import reached
from tests.faults.world import World

_TAIPEI = ZoneInfo("Asia/Taipei")
_TERMS = {"seller_tax_id": "04595257", "seller_name": "和光", "moment": "CONFIRMATION"}
_LAST = 99_999_999


async def begin(world: World) -> None:
    """Terms, and all numbers of two letters for this period and the next; those once in a world's life."""
    if not (await reached(lambda: world.hq.get("/v1/hq/invoice-blocks")))["blocks"]:
        now = datetime.now(UTC).astimezone(_TAIPEI)
        # by its first day: two months from the last day of one period may lie beyond all of the next
        begun = now.replace(month=now.month - (now.month + 1) % 2, day=1)
        for at in (begun, begun + timedelta(days=62)):
            period = at.year * 100 + at.month - (at.month + 1) % 2
            block = {"period": period, "track": "AB", "first_number": 0, "last_number": _LAST}
            await world.told("/v1/hq/invoice-blocks", {"block": block})
    await _put(world, enabled=True)


async def issued(world: World, order_id: str) -> None:
    """Waits for the order's invoice: what comes back of it then has that for a consequence."""
    path = f"/v1/hq/orders/{order_id}/invoices"
    async with asyncio.timeout(PATIENCE):
        while not (await reached(lambda: world.hq.get(path)))["invoices"]:  # noqa: ASYNC110  # told to another process
            await asyncio.sleep(0.05)


async def end(world: World) -> None:
    """What was issued by then is still mended and handed in."""
    await _put(world, enabled=False)


async def _put(world: World, *, enabled: bool) -> None:
    key = uuid7()
    await reached(lambda: world.hq.put("/v1/hq/invoice-terms", {"terms": _TERMS | {"enabled": enabled}}, key))
