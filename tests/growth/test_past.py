"""Ten times the past: selling, buying and looking at one's purchases cost the same, the proofs grow in step."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import brand
from cli.fleet import proof
from cli.stack.databases import SERVICES
from tests.faults.shoppers import Wish
from tests.faults.tills import Counter
from tests.faults.world import COUNTER_SKU, World
from tests.growth import measures
from tests.growth.measures import TENFOLD
from tests.harness import fleet as fleets

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("growth")]
_SALES = 400
_CALLS = 10
_PROOF = "{}: proof"
_PATIENCE = 600.0


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A fleet of its own: others' trade would be a past that nobody counted."""
    found = await World.open(await fleets.dedicated("growth"), tmp_path)
    yield found
    await found.close()


async def test_nothing_that_people_wait_for_grows_with_the_past(
    world: World, record_property: Callable[[str, object], None]
) -> None:
    await world.restock({(COUNTER_SKU, brand.STORE): 2 * TENFOLD * _SALES, ("SHIRT-WHITE-S", "WH1"): 10_000})
    async with await world.counter() as counter:
        await _sell(world, counter, _SALES)
        one = await _measured(world, counter)
        await _sell(world, counter, TENFOLD * _SALES)
        ten = await _measured(world, counter)
    in_step = {_PROOF.format(service) for service in SERVICES}
    size = f"{_SALES:,} and {TENFOLD * _SALES:,} sales to one member"
    measures.judge(
        record_property, size, one, ten, lambda what: measures.IN_STEP if what in in_step else measures.LEVEL
    )
    await world.promises_hold(_PATIENCE)


async def _sell(world: World, counter: Counter, upto: int) -> None:
    """All to one member, whose past is the longest that there is."""
    while len(counter.sold) < upto:
        await counter.sell(world.history, COUNTER_SKU, world.shoppers[0].member_id)
    await counter.synced(_PATIENCE)
    await world.settled(_PATIENCE)


async def _measured(world: World, counter: Counter) -> dict[str, float]:
    shopper = world.shoppers[0]

    async def sell() -> None:
        await counter.sell(world.history, COUNTER_SKU, shopper.member_id)
        await counter.synced()

    async def read(path: str) -> None:
        assert await shopper.get(path)

    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "a sale until its acknowledgement": sell,
        "a checkout": lambda: shopper.buy(world.history, Wish("SHIRT-WHITE-S"), quoted=False),
        "a checkout with points": lambda: shopper.buy(world.history, Wish("SHIRT-WHITE-S", points=10), quoted=False),
        "the newest purchases": lambda: read("/v1/orders"),
        "the balance of points": lambda: read("/v1/me/points"),
    }
    found = {what: await measures.middle(call, _CALLS) for what, call in calls.items()}
    await world.settled(_PATIENCE)
    fleet = world.fleet
    async with proof.prover({name: fleet.target(name) for name in SERVICES}, fleet.operator_secret()) as asked:
        for service in SERVICES:
            found[_PROOF.format(service)] = await measures.middle(lambda name=service: asked.own(name), 1)  # type: ignore[misc]
    return found
