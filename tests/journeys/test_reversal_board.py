"""J9: a sale that was paid in every way comes back in parts, elsewhere; all that follows is listed, and sums check."""

from collections import Counter as Sums
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.demo import brand, cups, headquarters
from cli.demo.brand import CHANG, LIN, WANG, WAREHOUSE
from cli.demo.claiming import PENDING
from cli.demo.offers import CUP, CUP_PRICE, CUPS
from cli.demo.stage import until
from cli.demo.tale import Tale
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import paid_by
from tests.journeys.invoicing import handed_in, issuing
from tests.journeys.paid_in_every_way import (
    CARD,
    CREDIT,
    DRINKS,
    EARNED,
    EARNED_FIRST,
    ELSEWHERE,
    FIRST,
    NET,
    OTHERS,
    POINTS,
    SHIRT,
    TOTAL,
    holds,
    left,
    sold,
)
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

LOCKER = "LOCKER"
TERMS = {"days": 30, "unverified_cap": 0, "late_seconds": 600, "tender_order": "VALUE_FIRST"}


async def test_what_follows_from_a_return_is_on_one_page_and_sums_check(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale, tale.counter(brand.STORE) as counter, issuing(tale):
        await counter.sign_in(LIN)
        await tale.hq.put("/v1/hq/return-policy", {"policy": TERMS})
        shelves = await _shelves(tale)
        held = await holds(tale, counter)
        sale_id = await sold(tale, counter, held)
        stated = [("ISSUED", NET - POINTS)]
        assert await handed_in(tale, sale_id, 1) == stated, "a pack was paid for when bought, points are a discount"
        first = await _part_of_it_comes_back_elsewhere(tale, sale_id, held)
        await _a_week_passes_and_the_points_are_spent(tale)
        second = await _the_rest_comes_to_the_warehouse(tale, sale_id, held)
        await _sums(tale, held, first, second)
        assert await handed_in(tale, sale_id, 2) == [("VOIDED", NET - POINTS), ("VOIDED", OTHERS)]
        await _credits_are_mirrored(tale, sale_id)
        await _passport(tale, sale_id, first, second)
        moved = {key: count - shelves[key] for key, count in (await _shelves(tale)).items()}
        assert moved == {
            (SHIRT, brand.STORE): -3, (CUP, brand.STORE): -2, (SHIRT, ELSEWHERE): 1, (CUP, ELSEWHERE): 1,
            (SHIRT, WAREHOUSE): 2, (CUP, WAREHOUSE): 1,
        }  # fmt: skip
        await _nothing_drifts(tale)


async def _part_of_it_comes_back_elsewhere(tale: Tale, sale_id: str, held: Mapping[str, str]) -> dict[str, Any]:
    """One shirt and one cup, in a store that sold nothing of it; the shirt is looked at before it is for sale."""
    card = FIRST - CREDIT - POINTS
    by_way = {"PREPAID": CUP_PRICE, "STORE_CREDIT": CREDIT, "POINTS": POINTS, "CARD_PRESENT": card}
    async with await tale.branch(ELSEWHERE) as till:
        await till.sign_in(CHANG)
        staff = tale.web.as_(till.staff_token)
        body = {
            "units": [{"line_no": 1, "quantity": 1, "disposition": "QUARANTINE"}, {"line_no": 2, "quantity": 1}],
            "reason": "WRONG_SIZE", "location_id": ELSEWHERE, "received": True, "verified": True,
        }  # fmt: skip
        preview = await staff.post(f"/v1/staff/orders/{sale_id}/returns/preview", {"units": body["units"]})
        assert preview["amount"]["amount"] == FIRST + CUP_PRICE
        back = (await staff.post(f"/v1/staff/orders/{sale_id}/returns", body))["returned"]
        assert (back["state"], _given(back["refund"])) == ("RECEIVED", by_way)
        again = await refused(
            staff.post(f"/v1/staff/orders/{sale_id}/returns", body | {"units": [{"line_no": 1, "quantity": 3}]})
        )
        assert (again.reason, again.metadata["free"]) == ("UNITS_NOT_RETURNABLE", "2")
        looked = {"line_no": 1, "first_unit": 0, "last_unit": 0, "disposition": "RESTOCK", "reason": "LOOKED_AT"}
        await staff.post(f"/v1/staff/returns/{back['return_id']}/dispose", looked)
        board = await _board(tale, back["return_id"], pending=0)
    assert (board["return_state"], board["debts"], board["refused"], board["late"]) == ("CLOSED", 0, 0, False)
    assert _rows(board) == {
        "STOCK": ("inventory", "DONE", 2, 2),
        "COMMISSION": ("attribution", "DONE", FIRST + CUP_PRICE, FIRST + CUP_PRICE),
        "POINTS_EARNED": ("member", "DONE", 0, EARNED_FIRST),
        "POINTS_SPENT": ("member", "DONE", POINTS, POINTS),
        "TIER": ("member", "DONE", 0, 0),
        "CREDIT": ("member", "DONE", CREDIT, CREDIT),
        f"PREPAID {held['pack']}": ("member", "DONE", 1, 1),
        "INVOICE": ("order", "DONE", FIRST + CUP_PRICE, FIRST + CUP_PRICE),
        "PAYMENT 3": ("order", "DONE", card, card),
    }
    # the points went back with the first shirt: a card pays for all of the others
    assert await handed_in(tale, sale_id, 2) == [("VOIDED", NET - POINTS), ("ISSUED", OTHERS)]
    return board


async def _a_week_passes_and_the_points_are_spent(tale: Tale) -> None:
    """What the kept goods earned is active, and goes into an order: what comes back now finds none."""
    await tale.stage.advance(PENDING)
    await tale.refresh()
    tale.hq = await headquarters.sign_in(tale.stage, tale.web)
    points = (await tale.app.get("/v1/me/standing"))["standing"]["points_active"]
    assert points == EARNED - EARNED_FIRST + POINTS
    basket = {"channel_id": "web", "lines": [{"sku": "COAT-CAMEL-M", "quantity": 1, "method": "COLLECT",
              "fulfilment_location_id": brand.STORE}], "spend_points": points}  # fmt: skip
    order = (await tale.app.post("/v1/orders", basket | paid_by("sim_ok")))["order"]
    assert order["state"] == "CONFIRMED"
    await tale.stage.settle()


async def _the_rest_comes_to_the_warehouse(tale: Tale, sale_id: str, held: Mapping[str, str]) -> dict[str, Any]:
    """By a partner's locker, where nobody looks or pays: that is somebody's to do, and the points are a debt."""
    locker = {"location_id": LOCKER, "kind": "DROP_POINT", "name": "Locker"}
    await tale.hq.put("/v1/hq/locations", {"locations": [locker]})
    await tale.stage.settle()
    body = {
        "units": [{"line_no": 1, "quantity": 2}, {"line_no": 2, "quantity": 1}],
        "reason": "CHANGED_MIND", "location_id": LOCKER, "received": True,
    }  # fmt: skip
    back = (await tale.hq.post(f"/v1/hq/orders/{sale_id}/returns", body))["returned"]
    await _looked_at_in_the_warehouse(tale, back)
    assert _given(back["refund"]) == {"PREPAID": CUP_PRICE, "CARD_PRESENT": OTHERS}
    board: dict[str, Any] = await _board(tale, back["return_id"], pending=1)
    debt = EARNED - EARNED_FIRST
    assert _rows(board) == {
        "STOCK": ("inventory", "DONE", 3, 3),
        "COMMISSION": ("attribution", "DONE", OTHERS + CUP_PRICE, OTHERS + CUP_PRICE),
        "POINTS_EARNED": ("member", "DEBT", 0, debt),
        "POINTS_SPENT": ("member", "DONE", 0, 0),
        "TIER": ("member", "DONE", 0, 0),
        f"PREPAID {held['pack']}": ("member", "DONE", 1, 1),
        f"COUPON {held['coupon']}": ("member", "DONE", 0, 1),
        "INVOICE": ("order", "DONE", OTHERS + CUP_PRICE, OTHERS + CUP_PRICE),
        "PAYMENT 3": ("order", "PENDING", OTHERS, 0),
    }
    assert (board["pending"], board["debts"], board["return_state"]) == (1, 1, "INSPECTED")
    open_ = (await tale.hq.get("/v1/hq/refunds", page_size=100))["boards"]
    assert back["return_id"] in [one["return_id"] for one in open_]
    paid = {"kind": "PAYMENT", "ref": "3", "reason": "EDC_0043"}
    board = (await tale.hq.post(f"/v1/hq/refunds/{back['return_id']}/settle", paid))["board"]
    assert (board["pending"], board["return_state"], board["refund"]["state"]) == (0, "CLOSED", "PAID")
    return board


async def _looked_at_in_the_warehouse(tale: Tale, back: Mapping[str, Any]) -> None:
    """What the locker took is put aside until it is there."""
    assert {line["disposition"] for line in back["lines"]} == {"QUARANTINE"}
    path = f"/v1/hq/returns/{back['return_id']}"
    await tale.hq.post(f"{path}/send-on", {"to_location_id": WAREHOUSE})
    there = (await tale.hq.post(f"{path}/arrive", {"location_id": WAREHOUSE}))["returned"]
    assert (there["location_id"], there["sent_on"]["from_location_id"]) == (WAREHOUSE, LOCKER)
    for line in there["lines"]:
        unit = line["unit"]
        looked = {"line_no": unit["line_no"], "first_unit": unit["first"], "last_unit": unit["last"]}
        await tale.hq.post(f"{path}/dispose", looked | {"disposition": "RESTOCK", "reason": "LOOKED_AT"})


async def _sums(tale: Tale, held: Mapping[str, str], *boards: dict[str, Any]) -> None:
    """All together is what was paid, by each way; he holds what he had before, but for the points that he spent."""
    given = Sums[str]()
    for board in boards:
        given.update(_given(board["refund"]))
    assert given == {"PREPAID": DRINKS, "STORE_CREDIT": CREDIT, "CARD_PRESENT": CARD, "POINTS": POINTS}
    assert given.total() == TOTAL
    wallet = await cups.held(tale)
    assert (wallet["credit_active"], await left(tale, held["pack"]), await left(tale, held["coupon"])) == (
        CREDIT,
        CUPS,
        1,
    )
    standing = (await tale.app.get("/v1/me/standing"))["standing"]
    assert (standing["points_active"], standing["points_debt"]) == (0, EARNED - EARNED_FIRST)


async def _credits_are_mirrored(tale: Tale, sale_id: str) -> None:
    """Both who sold are credited nothing any more, entry by entry."""
    found = (await tale.hq.get("/v1/hq/credits", order_id=sale_id))["credits"]
    earned, left = Sums[str](), Sums[str]()
    for one in found:
        left[one["beneficiary"]] += one["amount"]
        earned[one["beneficiary"]] += 0 if one["mirror_of"] else one["amount"]
    assert earned == {LIN.code: NET, WANG.code: DRINKS}
    assert set(left.values()) == {0}


async def _passport(tale: Tale, sale_id: str, *boards: dict[str, Any]) -> None:
    """Each unit says where it came back, joined of four owners."""
    passport = await tale.hq.get(f"/v1/hq/orders/{sale_id}/units/1")
    assert passport["missing"] == []
    runs = [(one["unit"]["first"], one["unit"]["last"], one["returned"]) for one in passport["sale"]]
    assert [(first, back["return_id"], back["location_id"], back["refund_state"]) for first, _, back in runs] == [
        (0, boards[0]["return_id"], ELSEWHERE, "PAID"),
        *[(first, boards[1]["return_id"], WAREHOUSE, "PAID") for first, _, _ in runs[1:]],
    ]
    assert sum(back["amount"]["amount"] for _, _, back in runs) == NET
    moved = [[(one["kind"], one["location_id"]) for one in unit["movements"]] for unit in passport["stock"]]
    assert ("RETURN", ELSEWHERE) in moved[0]
    assert all(("RETURN", LOCKER) in one for one in moved[1:])
    assert {one["state"] for one in passport["points"]} == {"REVERSED"}
    assert all(sum(each["amount"] for each in one["credits"]) <= 0 or any(each["mirror_of"] for each in one["credits"])
               for one in passport["credits"])  # fmt: skip


async def _board(tale: Tale, refund_id: str, pending: int) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        found: dict[str, Any] = (await tale.hq.get(f"/v1/hq/refunds/{refund_id}/board"))["board"]
        return found

    return await until("the board", look, lambda board: board["pending"] == pending)


def _rows(board: Mapping[str, Any]) -> dict[str, tuple[str, str, int, int]]:
    return {
        f"{row['kind']} {row['ref'] or ''}".strip(): (
            row["owner"], row["state"], row["expected"], row["amount"],
        )
        for row in board["rows"]
    }  # fmt: skip


def _given(refund: Mapping[str, Any]) -> dict[str, int]:
    return {one["kind"]: one["amount"]["amount"] for one in refund["tenders"]}


async def _shelves(tale: Tale) -> dict[tuple[str, str], int]:
    places = (brand.STORE, ELSEWHERE, WAREHOUSE)
    found = await tale.hq.get("/v1/availability", sku=[SHIRT, CUP], location=list(places))
    return {(one["sku"], one["location_id"]): one["available"] for one in found["levels"]}


async def _nothing_drifts(tale: Tale) -> None:
    await tale.stage.settle()
    checks, drifts = await tale.stage.prove()
    assert checks > 30
    assert drifts == []
