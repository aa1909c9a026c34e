"""What became of it all: active points, her credit and why, headquarters' picture, the unit; and the proof."""

from typing import Any

from cli.demo import brand, headquarters
from cli.demo.brand import LIN
from cli.demo.claiming import PENDING, POINTS, standing_of
from cli.demo.ordering import EARNED, NET, SPENT
from cli.demo.selling import SALE_TOTAL, WISH
from cli.demo.stage import StoryBroken, dollars, expect, until
from cli.demo.tale import Tale
from cli.demo.web import Web


async def play(tale: Tale) -> None:
    """A week later, at the till and at headquarters."""
    await _week(tale)
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(LIN)
        staff = tale.web.as_(counter.staff_token)
        await _credit(tale, staff)
        await _unit(tale, staff)
    await _panorama(tale)


async def _week(tale: Tale) -> None:
    await tale.stage.advance(PENDING)
    await tale.refresh()
    tale.hq = await headquarters.sign_in(tale.stage, tale.web)
    standing = await standing_of(tale)
    found = [standing[name] for name in ("points_pending", "points_active", "points_spent", "qualifying_spend")]
    # what points paid of the trousers counts toward no tier: a point pays one dollar
    expect("pending, active, spent, spend", found, [0, POINTS - SPENT + EARNED, SPENT, SALE_TOTAL + NET - SPENT])
    tale.stage.step("clock", f"eight more days: {POINTS - SPENT + EARNED:,} points active, none pending")


async def _credit(tale: Tale, staff: Web) -> None:
    found = (await staff.get("/v1/staff/credits", order_id=tale.order_id))["credits"]
    seen = [(each["beneficiary"], each["basis"], each["base_amount"], each["amount"]) for each in found]
    expect("credit for the online order", seen, [(LIN.code, "ACTIVE_BINDING", NET, NET)])
    sold = (await staff.get("/v1/staff/credits", order_id=tale.sale_id))["credits"]
    expect("credit for the coats", sum(each["amount"] for each in sold), SALE_TOTAL)
    expect("its basis", {(each["beneficiary"], each["basis"]) for each in sold}, {(LIN.code, "EXPLICIT_STAFF")})
    tale.stage.step(LIN.code, f"is credited: {dollars(SALE_TOTAL)} for the coats, {dollars(NET)} for the online order")
    told = await staff.get("/v1/staff/credits/explain", order_id=tale.order_id, line_no=1)
    taken = next((step for step in told["steps"] if step["taken"]), None)
    expect("the step that decided", taken and (taken["basis"], taken["beneficiary"]), ("ACTIVE_BINDING", LIN.code))
    assert taken is not None
    tale.stage.note(f"why: {taken['because']} (rule {told['rule_version']})")


async def _unit(tale: Tale, staff: Web) -> None:
    passport = await staff.get(f"/v1/staff/orders/{tale.order_id}/units/1")
    expect("parts that are missing", passport["missing"], [])
    sale, stock, points, credited = (passport[part][0] for part in ("sale", "stock", "points", "credits"))
    expect(
        "order says", (sale["sku"], sale["net_amount"]["amount"], sale["fulfilment_state"]), (WISH, NET, "HANDED_OVER")
    )
    moved = [(each["kind"], each["location_id"], each["quantity"]) for each in stock["movements"]]
    expect("inventory says", moved, [("HANDOVER", brand.STORE, -1)])
    expect("member says", (points["line_points_earned"], points["state"]), (EARNED, "ACTIVE"))
    expect("attribution says", [each["beneficiary"] for each in credited["credits"]], [LIN.code])
    tale.stage.step("unit", f"{WISH} of this order, joined of its four owners: sold for {dollars(NET)}, handed over in")
    tale.stage.note(f"{brand.STORE} (stock −1), {EARNED} points active, credited to {LIN.code}")


async def driven(hq: Web) -> tuple[int, int]:
    """Online orders and revenue that the store drove, over all weeks."""
    cells = (await hq.get("/v1/hq/panorama", location=[brand.STORE], channel_kind="ONLINE"))["cells"]
    return _sum(cells, "driven_online_orders"), _sum(cells, "driven_online_revenue")


def _sum(cells: list[dict[str, Any]], name: str) -> int:
    return sum(cell[name] for cell in cells)


async def _panorama(tale: Tale) -> None:
    orders, revenue = tale.before["driven"]
    wanted = (orders + 1, revenue + NET)
    await until("the panorama", lambda: driven(tale.hq), lambda found: found == wanted)
    tale.stage.step(
        "HQ", f"sees one more online sale driven by {brand.STORE}: {orders} → {orders + 1}, + {dollars(NET)}"
    )


async def prove(tale: Tale) -> None:
    """The books."""
    await tale.stage.settle()
    checks, drifts = await tale.stage.prove()
    if drifts:
        raise StoryBroken(
            f"{len(drifts)} numbers drift: {drifts[0]}", "run `omoctl prove` to see all, with their repairs"
        )
    tale.stage.step("proof", f"{checks} checks over all four services: every balance equals its journal")
