"""J4, ten cups: a pack that is paid ahead, given away in part, drunk in three stores, and refunded at its end."""

from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from cli.demo import brand, cups, offers
from cli.demo.brand import CHANG, LIN, WU
from cli.demo.counter import Counter, refused
from cli.demo.cups import GIFTS, OWN, REFUND, SHARE
from cli.demo.offers import CUP, CUP_PRICE, CUPS, PACK_PRICE
from cli.demo.stage import until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.storefacts.v1 import facts_pb2
from omo.storelink.v1 import till_service_pb2 as pb
from omo.type.v1 import trade_pb2
from tests.harness.fleet import TestFleet
from tests.journeys import stages
from tests.journeys.stages import opened

_FIND = attrgetter("FindMember")
pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]


async def test_twenty_cups_of_which_five_are_drunk_give_1050_back(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale, tale.counter(brand.STORE) as counter:
        await counter.sign_in(LIN)
        start = tale.stage.now()
        await _is_found_however_he_says_it(tale, counter)
        lot_id = await cups.bought(tale, counter)
        pack = await cups.given(tale, counter, lot_id)
        over = {"units": CUPS - GIFTS + 1, "recipient_id": pack.friend_id}
        refusal = await stages.refused(tale.app.post(f"/v1/me/prepaid/{lot_id}/gift", over))
        assert (refusal.reason, refusal.metadata["available"]) == ("VALUE_INSUFFICIENT", str(CUPS - GIFTS))
        sales = await _drinks_in_three_stores(tale, counter, lot_id)
        await cups.friend_drinks(tale, counter, pack)
        theirs = await refused(cups.drunk(tale, counter, LIN, pack.given_lot_id))
        assert theirs.reason == "VALUE_UNKNOWN", "what was given away is not his any more"
        await _receipts(tale, sales)
        await cups.ended(tale, credit=0)
        await tale.refresh()
        await _books(tale, pack, start)


async def _is_found_however_he_says_it(tale: Tale, counter: Counter) -> None:
    said = tale.shopper.phone
    for key in (said, f"+886 {said[1:4]} {said[4:7]} {said[7:]}", f"{said[:4]}-{said[4:]}"):
        found = await counter.ask(_FIND, pb.FindMemberRequest(key=key))
        assert found.member.member_id == tale.member_id, key


async def _drinks_in_three_stores(tale: Tale, counter: Counter, lot_id: str) -> dict[str, str]:
    """One in each: which sale, and where. A store that has no line records the same sale and is heard of later."""
    sales = {(await cups.drunk(tale, counter, LIN, lot_id)).sale_id: brand.STORE}
    for staff in (CHANG, WU):
        async with await tale.branch(staff.location_id) as till:
            sales[(await cups.drunk(tale, till, staff, lot_id)).sale_id] = staff.location_id
    assert len(sales) == OWN
    return sales


async def _receipts(tale: Tale, sales: dict[str, str]) -> None:
    """Each cup is a receipt in his app, paid by a unit; it was earned on when the pack was bought, not again."""
    orders = (await tale.app.get("/v1/orders", channel_kind="STORE"))["orders"]
    assert {one["order_id"]: one["location_id"] for one in orders} == sales
    for one in orders:
        assert [line["sku"] for line in one["lines"]] == [CUP]
        assert [(tender["kind"], tender["amount"]["amount"]) for tender in one["tenders"]] == [("PREPAID", CUP_PRICE)]
    standing = (await tale.app.get("/v1/me/standing"))["standing"]
    assert (standing["points_active"], standing["points_pending"]) == (0, 0)


async def _books(tale: Tale, pack: cups.Pack, start: datetime) -> None:
    """What the pack became, whose it was, and what the stores owe each other."""
    entries = (await tale.app.get("/v1/me/wallet/entries", page_size=100))["entries"]
    assert sum(one["amount"] for one in entries if one["kind"] == "CREDIT") == REFUND
    friend = await cups.held(tale, pack.friend_id)
    assert (friend["credit_active"], [lot for lot in friend["lots"] if lot["active"]]) == (0, [])
    asked: dict[str, Any] = {"start": start.isoformat(), "end": tale.stage.now().isoformat()}
    report = await tale.hq.get("/v1/hq/prepaid/report", **asked)
    (over,) = (one for one in report["breakage"] if one["program_id"] == offers.CUPS_PROGRAM)
    drunk = GIFTS + OWN
    assert over == {
        "program_id": offers.CUPS_PROGRAM,
        "packs": 1,
        "units": CUPS,
        "redeemed": drunk,
        "expired": CUPS - drunk,
        "paid": PACK_PRICE,
        "refunded": REFUND,
        "breakage": PACK_PRICE - REFUND - SHARE * drunk,
    }
    owed = [(one["seller_location_id"], one["redeemer_location_id"], one["amount"]) for one in report["settlements"]]
    assert owed == [(brand.STORE, CHANG.location_id, SHARE), (brand.STORE, WU.location_id, SHARE)]


async def test_a_pack_that_a_till_sells_on_a_line_is_worth_what_was_paid(fleet: TestFleet, tmp_path: Path) -> None:
    """1,500 instead of 1,600: a cup is worth 75 between stores, whoever gives it."""
    async with opened(fleet, tmp_path) as tale, tale.counter(brand.STORE) as counter:
        await counter.sign_in(LIN)
        start, good = tale.stage.now(), f"PACK-{uuid7()[-12:].upper()}"
        program = offers.PACK | {"program_id": uuid7(), "pack_sku": good}
        await tale.hq.put("/v1/hq/prepaid/programs", {"program": program})
        alone = {"program_id": program["program_id"], "location_id": brand.STORE}
        path = f"/v1/staff/members/{tale.member_id}/prepaid"
        refusal = await stages.refused(tale.web.as_(counter.staff_token).post(path, alone))
        assert (refusal.status, refusal.reason) == (409, "PREPAID_SOLD_BY_LINE")
        await counter.record(_line_sale(tale, good))
        (lot,) = await until("his cups", lambda: _packs(tale), bool)
        assert (lot["sku"], lot["active"]) == (CUP, CUPS)
        async with await tale.branch(WU.location_id) as till:
            await till.sign_in(WU)
            body = {"lot_id": lot["lot_id"], "units": 1, "location_id": WU.location_id}
            left = await tale.web.as_(till.staff_token).post(f"{path}/redeem", body)
        assert left["lot"]["active"] == CUPS - 1
        asked: dict[str, Any] = {"start": start.isoformat(), "end": (tale.stage.now() + timedelta(hours=1)).isoformat()}
        owed = (await tale.hq.get("/v1/hq/prepaid/report", **asked))["settlements"]
        assert [(one["seller_location_id"], one["redeemer_location_id"], one["amount"]) for one in owed] == [
            (brand.STORE, WU.location_id, 75)
        ]


async def _packs(tale: Tale) -> list[dict[str, Any]]:
    return [lot for lot in (await cups.held(tale))["lots"] if lot["kind"] == "PREPAID"]


def _line_sale(tale: Tale, good: str) -> facts_pb2.SaleFact:
    """The pack rung up like any other good, with a hundred off."""
    fact = facts_pb2.SaleFact(
        sale_id=uuid7(), receipt_no=f"PACK-{uuid7()[-12:]}", channel_id=brand.TILLS, currency_code=brand.CURRENCY,
        tax_included=True, member_id=tale.member_id, cashier_staff_code=LIN.code,
    )  # fmt: skip
    fact.business_time.FromDatetime(tale.stage.now())
    line = fact.lines.add(line_no=1, sku=good, quantity=1, list_total=PACK_PRICE, net_total=PACK_PRICE - 100)
    line.discounts.add(rule_id="by-hand", rule_version="1", stage="line", amount=100)
    fact.tenders.add(kind=trade_pb2.TENDER_KIND_CASH, amount=PACK_PRICE - 100)
    return fact
