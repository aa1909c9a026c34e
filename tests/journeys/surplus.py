"""A warehouse with too much, and two stores that run short of it: one sells it well, the other now and then."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cli.demo import brand
from cli.demo.brand import StaffMember
from cli.demo.counter import Counter
from cli.demo.tale import Tale
from cli.demo.web import Web
from cli.fleet import running
from cli.stack import child
from cli.stack.home import CLONE, Home
from cli.stack.servers import Ports
from kit.ids import uuid7
from omo.storefacts.v1 import facts_pb2 as facts
from omo.type.v1 import trade_pb2
from tests.harness import run
from tests.harness.fleet import TestFleet

CHANNEL, SKU, PRICE, COST = "surplus", "SURPLUS-VEST-M", 3_000, 1_200
WAREHOUSE, BUSY, CALM = "SU-WH", "SU-BUSY", "SU-CALM"
STAFF = {
    WAREHOUSE: StaffMember("SU01", "周建宏", WAREHOUSE, "adviser", "4826"),
    BUSY: StaffMember("SU02", "蔡淑惠", BUSY, "adviser", "5937"),
    CALM: StaffMember("SU03", "許文彬", CALM, "adviser", "6048"),
}
WEEKS = 12
WEEKLY = {WAREHOUSE: 0, BUSY: 5, CALM: 1}
LEFT = {WAREHOUSE: 40, BUSY: 2, CALM: 2}
MOVE_COST = 50
POLICY = {"horizon_weeks": 4, "history_weeks": 26, "display_minimum": 1, "move_cost": MOVE_COST, "least_gain": 100}


@dataclass(slots=True)
class Scene:
    """Headquarters, three places with their staff, and omoctl in another terminal."""

    tale: Tale
    fleet: TestFleet
    tills: dict[str, Counter] = field(default_factory=dict)

    def at(self, place: str) -> Web:
        """The console of a place's staff."""
        return self.tale.web.as_(self.tills[place].staff_token)

    async def to_be_had(self) -> tuple[int, int]:
        """What the channel can sell: shipped, and collected in the busy store from its own shelf."""
        await self.tale.stage.settle()
        asked = {"sku": [SKU], "location": [BUSY]}
        (stock,) = (await self.tale.web.get(f"/v1/channels/{CHANNEL}/availability", **asked))["stocks"]
        (pickup,) = stock["pickups"]
        return stock["shipped"]["available"], pickup["local"]["available"]

    async def level(self, place: str) -> dict[str, int]:
        """What the place has in its books, without what is nought."""
        await self.tale.stage.settle()
        (level,) = (await self.at(place).get("/v1/staff/stock", sku=[SKU]))["levels"]
        names = ("on_hand", "held", "in_transit_in", "in_transit_out", "available")
        return {name: level[name] for name in names if level[name]}

    def sale(self, place: str, units: int, at: datetime) -> facts.SaleFact:
        """So many carried out of the store, paid in cash."""
        sale_id = uuid7()
        fact = facts.SaleFact(
            sale_id=sale_id, receipt_no=f"{place}-{sale_id[-12:].upper()}", channel_id=brand.TILLS,
            currency_code=brand.CURRENCY, tax_included=True, cashier_staff_code=STAFF[place].code,
        )  # fmt: skip
        fact.business_time.FromDatetime(at)
        total = units * PRICE
        fact.lines.add(line_no=1, sku=SKU, quantity=units, list_total=total, net_total=total,
                       tax_total=round(total * 5 / 105), method=trade_pb2.FULFILMENT_METHOD_CARRY_OUT)  # fmt: skip
        fact.tenders.add(kind=trade_pb2.TENDER_KIND_CASH, amount=total)
        return fact

    def omoctl(self, *words: str) -> str:
        """A command of omoctl as the fleet's keeper types it; what it printed."""
        with _terminal(self.fleet) as home:
            kept = {key: value for key, value in os.environ.items() if not key.startswith("OMO_")}
            ways = {"OMO_HOME": str(home.root), "PYTHONPATH": f"{CLONE}{os.pathsep}{CLONE / 'gen'}"}
            command = [sys.executable, "-m", "cli.main", *words]
            done = subprocess.run(
                command, env=kept | ways, cwd=CLONE, capture_output=True, text=True, check=False, timeout=120
            )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout


@contextmanager
def _terminal(fleet: TestFleet) -> Iterator[Home]:
    """A home in which omoctl finds the fleet that the tests share: they, and no omoctl, keep that one."""
    home, plan, servers = Home.open(run.root() / f"terminal-{run.worker()}"), fleet.fleet.plan, fleet.servers
    for name, where in (("bin", run.binaries()), ("secret", plan.home.root / "secret")):
        link = home.root / name
        if not link.is_symlink():
            if link.exists():
                link.rmdir()
            link.symlink_to(where)
    child.remember(home, running.SUPERVISOR, os.getpid())
    running.note(home, plan, Ports(postgres=servers.postgres.port, valkey=servers.valkey.port), external=False)
    try:
        yield home
    finally:
        running.forget(home)
        home.pid_file(running.SUPERVISOR).unlink()


async def furnish(hq: Web) -> None:
    """A channel, its places, a good that costs and earns, and what the planner goes by."""
    places = [
        {"location_id": code, "kind": "WAREHOUSE" if code == WAREHOUSE else "STORE", "name": code,
         "ships": code == WAREHOUSE, "pickup": code != WAREHOUSE}
        for code in STAFF
    ]  # fmt: skip
    await hq.put("/v1/hq/locations", {"locations": places})
    await hq.put("/v1/hq/channels", {"channels": [{"channel_id": CHANNEL, "kind": "ONLINE", "name": "Surplus"}]})
    # a category of its own: how other goods of the brand sell says nothing of it
    product = {"product_id": "SURPLUS-VEST", "name": "Vest", "brand": "Hikari", "categories": ["Surplus"]}
    variant = {"sku": SKU, "unit_cost": COST, "tax_class": "standard"}
    await hq.put("/v1/hq/products", {"products": [product | {"variants": [variant]}]})
    prices = {"price_list_id": "SURPLUS", "currency_code": "TWD", "tax_included": True}
    given = {"channel_ids": [CHANNEL, brand.TILLS], "prices": [{"sku": SKU, "amount": PRICE}]}
    await hq.put("/v1/hq/price-lists", {"price_list": prices | given})
    for person in STAFF.values():
        staff = {"staff_code": person.code, "display_name": person.name, "home_location_id": person.location_id}
        await hq.put("/v1/hq/staff", {"staff": staff | {"roles": [person.role]}, "pin": person.pin})
    await hq.put("/v1/hq/plans/policy", {"policy": POLICY})


async def weeks_of_sales(scene: Scene) -> None:
    """The books were opened twelve weeks ago, and the tills say what they have sold since."""
    now = scene.tale.stage.now()
    opened = (now - timedelta(weeks=WEEKS, hours=-1)).isoformat()
    opening = [
        {"sku": SKU, "location_id": place, "kind": "OPENING", "business_time": opened, "reason": "surplus",
         "quantity": LEFT[place] + WEEKS * weekly}
        for place, weekly in WEEKLY.items()
    ]  # fmt: skip
    await scene.tale.hq.post("/v1/hq/stock/movements", {"movements": opening})
    for place in (BUSY, CALM):
        for week in range(WEEKS - 1, 0, -1):
            await scene.tills[place].till.record(scene.sale(place, WEEKLY[place], now - timedelta(weeks=week, days=1)))
        await scene.tills[place].record(scene.sale(place, WEEKLY[place], now - timedelta(days=1)))
    await scene.tale.stage.settle()


async def policy_before(hq: Web) -> dict[str, Any]:
    """What the planner went by, to be put back."""
    kept: dict[str, Any] = (await hq.get("/v1/hq/plans/policy"))["policy"]
    return {name: value for name, value in kept.items() if name != "version"}
