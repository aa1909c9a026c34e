"""A brand on a fleet of its own that may be harmed: shoppers, a till, and what must be true when all is quiet again."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from cli.demo import brand, headquarters
from cli.demo.stage import Stage
from cli.demo.web import Web
from cli.stack.trouble import Trouble
from kit.ids import uuid7
from kit.streams import ACK_WAIT
from tests.depth import PATIENCE
from tests.faults import deliveries
from tests.faults.asking import reached
from tests.faults.shoppers import Load, Shopper, Wish
from tests.faults.tills import Counter
from tests.harness import books, invariants
from tests.harness.books import Books
from tests.harness.fleet import TestFleet
from tests.harness.history import History
from tests.journeys.stages import stage_of

SHOPPERS = 12
POINTS = 5_000
# online from the warehouse only, so that no store sale explains a promise that cannot be kept
SHELF = ("SHIRT-WHITE-S", "SHIRT-WHITE-M", "TROUSERS-NAVY-30", "COAT-CAMEL-S")
# sold in the store only
COUNTER_SKU = "SHIRT-WHITE-L"
# more than a fast machine sells in one round
_STOCK = 4_000
_SHELVES = (*((sku, "WH1") for sku in SHELF), ("SHIRT-WHITE-M", brand.STORE))
_DAY = (
    *(Wish(sku) for sku in SHELF),
    Wish("SHIRT-WHITE-S", 2),
    Wish("SHIRT-WHITE-M", points=10),
    Wish("TROUSERS-NAVY-30", instrument="sim_decline"),
    Wish("SHIRT-WHITE-M", method="COLLECT", location_id=brand.STORE),
)

# what events have brought about, in every service: the same, however often and in whatever order they were told
_ENDS = {
    "inventory": (
        "SELECT sku, location_id, on_hand, committed, held, shortfall FROM stock_levels",
        "SELECT order_id, line_no, quantity, handed_over, cancelled FROM allocations",
        "SELECT source_id, line_no, kind, quantity FROM movements",
    ),
    "member": (
        "SELECT member_id, pending, active, held, spent, debt, tier FROM points_balances",
        "SELECT member_id, order_id, points, pending, active FROM points_lots",
        "SELECT member_id, order_id, amount FROM qualifying_spend",
        "SELECT sku, version FROM known_skus",
    ),
    "attribution": (
        "SELECT order_id, line_no, role, entry_no, beneficiary, amount FROM credits",
        "SELECT order_id, cancelled FROM sales",
    ),
}
_LEFT = """
SELECT (SELECT count(*) FROM checkouts WHERE step IN ('PLACE', 'UNDO'))
     + (SELECT count(*) FROM timers WHERE last_error IS NOT NULL AND NOT needs_attention)
"""


@dataclass(slots=True)
class World:
    """The fleet, and everybody who deals with it."""

    fleet: TestFleet
    stage: Stage
    folder: Path
    client: httpx.AsyncClient
    hq: Web
    shoppers: list[Shopper] = field(default_factory=list)
    # one history for each scenario; what earlier ones did is in the books all the same
    history: History = field(default_factory=History)
    seed: int = 1
    counters: int = 0
    # whether the broker waits for an acknowledgement as long as it really does
    patient: bool = False

    @classmethod
    async def open(cls, fleet: TestFleet, folder: Path) -> "World":
        """Loads the brand; twelve shoppers sign in and get points to spend."""
        stage = stage_of(fleet, folder, lambda _: None)
        await stage.look_at_clock()
        client = httpx.AsyncClient(
            base_url=fleet.gateway_url, trust_env=False, limits=httpx.Limits(max_connections=100), timeout=PATIENCE
        )
        hq = await headquarters.sign_in(stage, Web(fleet.gateway_url, client=client))
        await headquarters.load(stage, hq)
        world = cls(fleet, stage, folder, client, hq)
        for number in range(SHOPPERS):
            shopper = Shopper(client, number)
            await shopper.sign_in(fleet)
            await world.grant(shopper, POINTS)
            world.shoppers.append(shopper)
        await world.restock(dict.fromkeys(_SHELVES, _STOCK))
        await fleet.quiesce()
        return world

    async def close(self) -> None:
        await self.client.aclose()
        await self.fleet.close()
        self.fleet.fleet.plan.home.remove()

    def load(self, shoppers: int = SHOPPERS, wishes: Sequence[Wish] = _DAY) -> Load:
        """Everybody buys, until the block ends: `async with world.load() as load`."""
        return Load(self.shoppers[:shoppers], self.history, wishes, random.Random(self.seed))

    async def counter(self, folder: str = "") -> Counter:
        """One more till in the store; open it with `async with`."""
        self.counters += 1
        told = await self.told("/v1/hq/terminals/codes", {"location_id": brand.STORE, "name": f"Till {self.counters}"})
        return await Counter.enrolled(self.fleet, told["code"], self.folder / (folder or f"till-{self.counters}"))

    async def grant(self, shopper: Shopper, points: int) -> None:
        await self.told(f"/v1/hq/members/{shopper.member_id}/points", {"points": points, "reason": "to spend"})

    async def restock(self, quantities: Mapping[tuple[str, str], int]) -> None:
        """Goods come in, or go, at (SKU, location)."""
        movements = [
            {"sku": sku, "location_id": place, "kind": "ADJUSTMENT", "quantity": quantity, "reason": "tests"}
            for (sku, place), quantity in quantities.items()
            if quantity
        ]
        if movements:
            await self.told("/v1/hq/stock/movements", {"movements": movements})

    async def told(self, path: str, body: Any) -> Any:
        """Headquarters say it, with one key until somebody answers."""
        key = uuid7()
        return await reached(lambda: self.hq.post(path, body, key))

    async def refill(self) -> None:
        """As much of everything as at first; ten rounds would sell out."""
        await self.restock({place: _STOCK - await self.left(*place) for place in _SHELVES})

    async def left(self, sku: str, place: str = "WH1") -> int:
        found = await self.hq.get("/v1/availability", sku=[sku], location=[place])
        return int(found["levels"][0]["available"])

    async def heal(self) -> None:
        """Starts whatever does not run, as it should be, and waits until nothing is on its way."""
        await self.expire_leases()
        await asyncio.gather(*(self.fleet.restart(child.name) for child in self.fleet.fleet.ended()))
        self.history, self.seed = History(), self.seed + 1
        await self.settled()
        web = Web(self.fleet.gateway_url, client=self.client)
        self.hq = await reached(lambda: headquarters.sign_in(self.stage, web))
        await self.refill()

    async def settled(self, patience: float = PATIENCE, *, hurry: bool = False) -> None:
        """Nothing is on its way, and no checkout waits for its next try; `hurry` lets business time run to it."""
        end = time.monotonic() + patience
        if not self.patient:
            await deliveries.hurry(self.fleet, 1.0)
        while True:
            await self.fleet.quiesce(max(1.0, end - time.monotonic()))
            ((left,),) = await self.sql("order", _LEFT, read_only=True)
            if not left:
                await deliveries.hurry(self.fleet, ACK_WAIT)
                return
            assert time.monotonic() < end, f"{left} checkouts or payments are not at their end after {patience:.0f} s"
            if hurry:
                await self.fleet.clock.advance(timedelta(seconds=10))
            await asyncio.sleep(0.1)

    async def end_state(self) -> dict[str, list[str]]:
        """What events have brought about."""
        return {
            statement: sorted(map(str, await self.sql(service, statement, read_only=True)))
            for service, statements in _ENDS.items()
            for statement in statements
        }

    async def orphans(self) -> int:
        """Checkouts that somebody was in the middle of; right after a kill they are nobody's."""
        ((found,),) = await self.sql("order", "SELECT count(*) FROM checkouts WHERE step = 'PLACE'", read_only=True)
        return int(found)

    async def read(self) -> Books:
        return await books.read(self.fleet)

    async def broken(self) -> dict[str, list[str]]:
        """The invariants that do not hold now, with what contradicts each."""
        return invariants.every(await self.read(), self.history)

    async def promises_hold(self, patience: float = PATIENCE) -> None:
        """Quiet, and nothing contradicts any invariant."""
        await self.settled(patience)
        found = await self.broken()
        assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines[:10])

    async def restart(self, name: str, module: str = "", faults: str = "") -> None:
        """Starts a process again: as it is, with fault points, or as `module` bends it."""
        fleet = self.fleet.fleet
        entry = fleet.entry(name)
        await fleet.children[name].stop()
        fleet.launch(replace(entry, module=module or entry.module), faults)
        await fleet.wait_ready(name)

    async def arm(self, name: str, faults: str) -> None:
        """Starts a process with fault points; some of them it meets before it is ready."""
        fleet = self.fleet.fleet
        await fleet.children[name].stop()
        child = fleet.launch(fleet.entry(name), faults)
        try:
            await fleet.wait_ready(name)
        except Trouble:
            if child.alive:
                raise

    async def revived(self, name: str) -> int | None:
        """Waits for a process's death, starts it anew, and tells its exit code."""
        child = self.fleet.fleet.children[name]
        while child.alive:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await self.expire_leases()
        await self.fleet.restart(name)
        return child.exit_code

    async def sql(self, service: str, statement: str, *values: Any, read_only: bool = False) -> list[Any]:
        """One statement as the owner of a service's database: to look, and to break what no process would."""
        connection = await asyncpg.connect(self.fleet.database(service).owner_dsn)
        try:
            if read_only:
                await connection.execute("SET default_transaction_read_only = on")
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def expire_leases(self) -> None:
        """As if the leases' time had passed, for tests whose holder is dead and that need not wait for the clock."""
        for service in ("order", "member", "inventory", "attribution"):
            await self.sql(service, "UPDATE timers SET lease_until = now() WHERE lease_until > now()")
