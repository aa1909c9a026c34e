"""Ten times the goods: a hold and a look at availability cost the same, the proof grows in step."""

from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

import pytest

from benchmarks.hot_sku import fleet
from benchmarks.hot_sku.shoppers import PLACE, PLENTY, SKUS, Shoppers
from omo.inventory.v1 import stock_service_pb2 as pb
from tests.growth import measures
from tests.growth.measures import TENFOLD

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("growth")]
_PROOF = "inventory: proof"
_CALLS = 100
_BULK = 200
_PAGE = 100


async def test_holds_and_availability_do_not_grow_with_the_range(
    record_property: Callable[[str, object], None],
) -> None:
    async with fleet.running([0]) as bench:
        shoppers = Shoppers(bench.addresses[0], bench.tokens[0], Random(3))
        await shoppers.stock()
        one = await _measured(shoppers, bench.dsn, SKUS)
        for start in range(SKUS, TENFOLD * SKUS, _BULK):
            skus = [_sku(number) for number in range(start, start + _BULK)]
            await shoppers._describe(*skus)
            await shoppers._open(dict.fromkeys(skus, PLENTY))
        ten = await _measured(shoppers, bench.dsn, TENFOLD * SKUS)
        await shoppers.close()
    allowed = {_PROOF: measures.IN_STEP}
    size = f"{SKUS:,} and {TENFOLD * SKUS:,} SKUs"
    measures.judge(record_property, size, one, ten, lambda what: allowed.get(what, measures.LEVEL))


async def _measured(shoppers: Shoppers, database: str, skus: int) -> dict[str, float]:
    random = Random(7)

    async def hold(lines: int) -> None:
        await shoppers._hold(0, *(_sku(number) for number in random.sample(range(skus), lines)))

    async def look(count: int) -> None:
        asked = [_sku(number) for number in random.sample(range(skus), count)]
        request = pb.GetAvailabilityRequest(skus=asked, location_ids=[PLACE])
        reply = await shoppers._stubs[0].GetAvailability(request, metadata=shoppers._metadata, timeout=10)
        assert len(reply.levels) == count

    async def prove() -> None:
        assert not await fleet.drifts(database)

    calls: dict[str, Callable[[], Awaitable[None]]] = {
        "hold of one line": partial(hold, 1),
        "hold of five lines": partial(hold, 5),
        "availability of one SKU": partial(look, 1),
        f"availability of {_PAGE} SKUs": partial(look, _PAGE),
    }
    found = {what: await measures.middle(call, _CALLS) for what, call in calls.items()}
    return found | {_PROOF: await measures.middle(prove, 1)}


def _sku(number: int) -> str:
    return f"SKU{number:04}"
