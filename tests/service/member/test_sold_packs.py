"""Packs of prepaid goods that lines of orders sell: worth what the line cost, in every order in which news comes."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import pytest_asyncio

from kit import audit
from kit.errors import Fault
from omo.audit.v1 import audit_service_pb2
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2
from omo.type.v1 import reversal_pb2
from services.member.prepaid import store as prepaid_store
from services.member.prepaid import store_lines
from services.member.prepaid import wire as prepaid_wire
from services.member.prepaid.domain import InvoiceTiming, Pack, Program, RefundTo, SoldByLine
from services.member.prepaid.domain_lines import owed
from services.member.value.domain import Use
from tests.service.member.events import events
from tests.service.member.value_rig import NOW, PREPAID, Purse, cancelled, confirmed, new, purse, returned, sold

__all__ = ["purse"]

CUPS = Program(
    new(), "二十杯", "LATTE", 20, 1600, 110, 30, (), True, InvoiceTiming.AT_PURCHASE, active=True, pack_sku="CUPS-20"
)
DONE, DEBT = reversal_pb2.REVERSAL_STATE_DONE, reversal_pb2.REVERSAL_STATE_DEBT


@pytest_asyncio.fixture(autouse=True)
async def offered(purse: Purse) -> None:
    async with purse.acting() as tx:
        await purse.prepaid.put(tx, CUPS)


def sells(event: Any, *, count: int = 1, net: int = 1600, points: int = 0, tax: int = 0, included: bool = True) -> Any:
    """With a line of so many packs, after one of something else."""
    facts = event.sales[0] if hasattr(event, "sales") else event.facts
    facts.tax_included, facts.channel_id = included, "web"
    facts.lines.add(line_no=1, sku="COAT", quantity=1).units.add(first=0, last=0, net_amount=3000)
    line = facts.lines.add(line_no=2, sku="CUPS-20", quantity=count)
    line.units.add(first=0, last=count - 1, net_amount=net, points_amount=points, tax_amount=tax)
    return event


def back(order_id: str, refund_id: str, first: int = 0, last: int = 0, kind: Any = None) -> Any:
    """Units of the packs' line, and of the other, came back."""
    event = kind or returned(order_id, "", refund_id, [])
    for line_no, sku in ((1, "COAT"), (2, "CUPS-20")):
        line = event.lines.add(sku=sku, quantity=last - first + 1)
        line.unit.order_id, line.unit.line_no, line.unit.first, line.unit.last = order_id, line_no, first, last
    return event


async def drink(purse: Purse, shopper: str, lot_id: str, many: int, at: str) -> None:
    async with purse.acting() as tx:
        await purse.prepaid.redeem(tx, shopper, Use(PREPAID, lot_id, quantity=many, sku="LATTE"), at)


async def packs(purse: Purse) -> list[tuple[int, str, int, str]]:
    async with purse.db.read() as tx:
        rows = await tx.fetch("SELECT paid, location_id, line_no, taken_back FROM prepaid_packs ORDER BY paid, pack_id")
    return list(map(tuple, rows))


async def answers(purse: Purse) -> list[tuple[str, int, int, int]]:
    told = [one.reversal for one in await events(purse.db, member_events_pb2.ReversalSettled)]
    return [(one.refund_id, int(one.kind), int(one.state), one.amount) for one in told]


async def test_a_pack_is_worth_what_its_line_cost(purse: Purse) -> None:
    """The price that was paid, the value of a unit, the refund and what stores owe each other follow from the line."""
    shopper, sale_id = await purse.member(), new()
    event = sells(sold(sale_id, shopper), net=1400)
    await purse.hear(event, event)
    await purse.hear(sells(sold(sale_id, shopper), net=1400))
    assert await packs(purse) == [(1400, "TPE01", 2, "")]
    (lot,) = await purse.lots(shopper)
    assert (lot.active, lot.begin_time, lot.expire_time) == (20, NOW, NOW + timedelta(days=30))
    await drink(purse, shopper, lot.lot_id, 2, "TPE02")
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (1400 - 2 * 110, 0, 0, 0)
    async with purse.db.read() as tx:
        (report,) = prepaid_wire.breakage(await prepaid_store.ended(tx, NOW, NOW + timedelta(days=31)))
        (owing,) = await prepaid_store.settlements(tx, NOW, purse.now)
    assert (report.paid, report.refunded, report.breakage) == (1400, 1180, 80)
    assert (owing["seller"], owing["redeemer"], owing["units"], owing["amount"]) == ("TPE01", "TPE02", 2, 140)
    await purse.proved()


@pytest.mark.parametrize(
    ("how", "paid"),
    [({"points": 100}, 1500), ({"tax": 80}, 1600), ({"tax": 80, "included": False}, 1680)],
    ids=["points are no money", "tax within", "tax on top"],
)
async def test_money_alone_was_paid(purse: Purse, how: dict[str, Any], paid: int) -> None:
    await purse.hear(sells(confirmed(new(), await purse.member()), **how))
    assert await packs(purse) == [(paid, "web", 2, "")], "online the channel sold it"


async def test_two_packs_of_one_line_of_which_one_comes_back_after_five_cups(purse: Purse) -> None:
    """Its order gives 1,600 back; five cups of it were taken at 110 each, so 550 are owed."""
    shopper, friend, sale_id = await purse.member(), await purse.member(), new()
    await purse.hear(sells(sold(sale_id, shopper), count=3))
    first, second, third = sorted(await purse.lots(shopper), key=lambda lot: lot.source_id)
    async with purse.acting() as tx:
        known = await store_lines.known(tx, [sale_id])
        await purse.prepaid.gift(tx, shopper, first.lot_id, 4, friend)
    (given,) = await purse.lots(friend)
    await drink(purse, friend, given.lot_id, 2, "TPE01")
    await drink(purse, shopper, first.lot_id, 3, "TPE01")
    units = {pack_id: place[2] for place, pack_id in known.items()}
    await purse.hear(back(sale_id, "r1", units[first.source_id], units[first.source_id]))
    await purse.hear(back(sale_id, "r1", units[first.source_id], units[first.source_id]))
    await purse.hear(back(sale_id, "r2", units[second.source_id], units[second.source_id]))
    prepaid = reversal_pb2.REVERSAL_KIND_PREPAID
    assert await answers(purse) == [("r1", prepaid, DEBT, 550), ("r2", prepaid, DONE, 20)]
    assert [lot.active for lot in await purse.lots(friend) if lot.active] == []
    assert [(lot.lot_id, lot.active) for lot in await purse.lots(shopper) if lot.active] == [(third.lot_id, 20)]
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (1600, 0, 0, 0), "the third alone was refunded at its end"
    async with purse.db.read() as tx:
        (report,) = prepaid_wire.breakage(await prepaid_store.ended(tx, NOW, NOW + timedelta(days=31)))
    assert (report.packs, report.breakage) == (1, 0), "what came back is kept from nobody"
    await purse.proved()


@pytest.mark.parametrize("order", list(permutations(range(2))), ids=["sale first", "return first"])
@pytest.mark.parametrize("how", ["returned", "cancelled", "given up"])
async def test_whichever_is_heard_first_nothing_is_left(purse: Purse, how: str, order: tuple[int, ...]) -> None:
    shopper, order_id = await purse.member(), new()
    ends = {
        "returned": back(order_id, "r1"),
        "cancelled": cancelled(order_id, shopper),
        "given up": back(order_id, "", kind=order_events_pb2.UnitsCancelled(order_id=order_id)),
    }
    news = [sells(confirmed(order_id, shopper)), ends[how]]
    for number in order:
        await purse.hear(news[number])
        await purse.hear(news[number])
    assert [lot for lot in await purse.lots(shopper) if lot.active] == []
    told = [(one[0], one[2]) for one in await answers(purse)]
    assert set(told) == ({("r1", DONE)} if how == "returned" else set())
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (0, 0, 0, 0), "its order gave the money back"
    await purse.proved()


@pytest.mark.parametrize("came_back", [False, True], ids=["kept", "came back before"])
async def test_what_nobody_known_bought_is_whose_receipt_it_is(purse: Purse, *, came_back: bool) -> None:
    shopper, sale_id = await purse.member(), new()
    event = sells(sold(sale_id, None))
    await purse.hear(event)
    assert await packs(purse) == []
    if came_back:
        await purse.hear(back(sale_id, "r1"))
    purse.now += timedelta(days=3)
    claim = order_events_pb2.SaleClaimed(facts=event.sales[0])
    claim.facts.member_id = shopper
    await purse.hear(claim)
    await purse.hear(claim)
    assert await packs(purse) == ([] if came_back else [(1600, "TPE01", 2, "")])
    ends = [lot.expire_time for lot in await purse.lots(shopper)]
    assert ends == ([] if came_back else [NOW + timedelta(days=30)]), "its time began with the sale"
    await purse.proved()


async def test_what_a_line_sells_is_sold_by_a_line(purse: Purse) -> None:
    shopper = await purse.member()
    async with purse.acting() as tx:
        with pytest.raises(SoldByLine):
            await purse.prepaid.sell(tx, CUPS.program_id, shopper, "TPE01", None)
        with pytest.raises(Fault) as refused:
            await purse.prepaid.put(tx, replace(CUPS, program_id=new()))
        await purse.prepaid.put(tx, replace(CUPS, active=False))
    assert refused.value.metadata["field"] == "program.pack_sku"
    with pytest.raises(Fault, match="pack_sku"):
        prepaid_wire.program(prepaid_wire.shown(replace(CUPS, pack_sku="LATTE")))
    await purse.hear(sells(sold(new(), shopper)))
    assert len(await packs(purse)) == 1, "what was sold is a fact, also of a pack that is not offered any more"


async def test_the_proof_notices_a_line_without_its_pack(purse: Purse) -> None:
    await purse.hear(sells(sold(new(), await purse.member())))
    await purse.proved()
    async with purse.db.transaction() as tx:
        await tx.execute("UPDATE prepaid_packs SET line_no = 1")

    async def nothing() -> int:
        return 0

    proof = audit.AuditServicer(purse.db, purse.clock, store_lines.CHECKS, nothing)
    reply = await proof.Prove(audit_service_pb2.ProveRequest(), None)
    assert [len(check.drifts) for check in reply.checks] == [1]


@pytest.mark.parametrize(
    ("redeemed", "refund", "expected"), [(0, 0, 0), (5, 0, 550), (15, 0, 1600), (5, 1050, 1600), (0, 1600, 1600)]
)
def test_what_was_given_back_beyond_its_worth_is_owed(redeemed: int, refund: int, expected: int) -> None:
    pack = Pack(
        "p", "g", "m", "TPE01", "o", 20, 1600, 110, InvoiceTiming.AT_PURCHASE, NOW, NOW, refund,
        refund_to=RefundTo.CREDIT, line_no=2,
    )  # fmt: skip
    assert owed(pack, redeemed) == expected
