"""Numbers of invoices, and documents on their way: nothing lost, nothing twice, whoever dies or does not answer."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from omo.order.v1 import invoice_events_pb2, invoice_pb2
from services.order.invoices import store_blocks
from tests.harness.databases import Databases
from tests.service.order.invoices_rig import (
    CONFIRMATION,
    DONE,
    ISSUED,
    LATER,
    MOBILE,
    REFUSED,
    TILL,
    VOIDED,
    Taiwan,
    taiwan,
)
from tests.service.order.returns_rig import units
from tests.service.order.rig import eventually, line

_POINTS = """
INSERT INTO order_tenders (order_id, tender_no, entry, kind, amount, business_time, actor_kind, actor_id)
SELECT DISTINCT order_id, 9, 'CAPTURED', 'POINTS', 100, now(), 'DEVICE', 'T1' FROM invoices
"""
_SPOILED = """
INSERT INTO invoice_spoiled (period, number, block_id, location_id, terminal_id, reason, business_time, actor_kind,
    actor_id)
SELECT DISTINCT ON (period, number) period, number, block_id, 'TPE01', 'T1', 'PAPER_TORN', now(), 'DEVICE', 'T1'
  FROM invoices
"""
_TWIN = """
INSERT INTO invoices
SELECT gen_random_uuid(), order_id, 'AB00000001', period, random_code, state, issue_time, total, sales, tax, free,
       business, carrier_kind, donation_code, print, location_id, terminal_id, lines, void_time, void_reason, replaces,
       block_id, record_time, actor_kind, actor_id
  FROM invoices
"""


@pytest_asyncio.fixture(scope="module")
async def world(module_databases: Databases) -> AsyncIterator[Taiwan]:
    async with taiwan(module_databases) as running:
        yield running


@pytest_asyncio.fixture
async def shop(world: Taiwan) -> Taiwan:
    await world.anew()
    return world


@pytest.mark.parametrize("mode", ["away", "lost", "wait"])
async def test_a_provider_that_does_not_answer_changes_no_number(shop: Taiwan, mode: str) -> None:
    await shop.begin(CONFIRMATION)
    shop.fail(mode, 1)
    order = await shop.rig.place(invoice=MOBILE)

    async def tried() -> list[invoice_pb2.Invoice]:
        rows = await shop.rig.rows("SELECT FROM invoice_uploads WHERE tries > 0")
        return await shop.of(order) if rows else []

    (pending,) = await eventually(tried)
    assert (pending.number, pending.state) == ("AB00000000", ISSUED)  # it stands whoever answers
    shop.rig.clock.advance(minutes=1)
    (arrived,) = await shop.issued(order)
    assert (arrived.number, arrived.upload.state) == (pending.number, DONE)
    assert shop.book.many() == {"issue:accepted": 1}
    assert await shop.rig.proofs() == {}


async def test_what_is_late_or_refused_is_seen_and_asked_again(shop: Taiwan) -> None:
    await shop.begin(CONFIRMATION)
    shop.fail("refuse", 1)
    order = await shop.rig.place()

    async def refused() -> list[invoice_pb2.Invoice]:
        return [one for one in await shop.of(order) if one.upload.state == REFUSED]

    (first,) = await eventually(refused)
    assert (first.upload.code, first.upload.late) == ("SIM_REFUSED", True)
    late = (await shop.desk("ListInvoices", late=True)).invoices
    assert [one.number for one in late] == [first.number]
    await shop.desk("RetryInvoices", order_id=order.order_id)
    (again,) = await shop.issued(order)
    assert (again.number, again.upload.late) == (first.number, False)
    assert (await shop.desk("ListInvoices", late=True)).invoices == []
    fault = await shop.rig.fault(shop.desk("RetryInvoices", order_id=str(uuid.uuid4())))
    assert fault.reason == "NOT_FOUND"


async def test_numbers_raced_by_fifty_have_no_holes_and_no_twins(shop: Taiwan) -> None:
    """Two blocks, the first of which ends in the middle of the race; every fifth issuer dies before its end."""
    await shop.begin(numbers=20)
    await shop.allot(track="AC", first_number=500, last_number=599)
    lanes, drawn = asyncio.Semaphore(5), list[str]()

    async def issue(place: int) -> None:
        async with lanes:
            with suppress(Died):
                async with shop.rig.db.transaction() as tx:
                    number = await store_blocks.draw(tx, shop.period, "")
                    assert number is not None
                    await asyncio.sleep(0)
                    if place % 5 == 0:
                        raise Died
                    drawn.append(str(number))

    await asyncio.gather(*(issue(place) for place in range(50)))
    expected = [f"AB{number:08d}" for number in range(20)] + [f"AC{number:08d}" for number in range(500, 520)]
    assert sorted(drawn) == expected


class Died(Exception):
    """An issuer that went away before it had committed."""


async def test_without_a_number_nothing_is_voided_and_the_invoice_follows(shop: Taiwan) -> None:
    await shop.begin(numbers=1)
    order = await shop.bought(lines=[line(quantity=2)])
    (first,) = await shop.issued(order)
    back = await shop.back(order.order_no, units(1))

    async def waits() -> list[str]:
        report = await shop.desk("ReportNumbers", period=shop.period)
        return [one.reason for one in report.misfits]

    assert await eventually(waits) == ["NUMBERS_USED_UP"]
    assert [one.state for one in await shop.of(order)] == [ISSUED]  # not voided: its remainder could not be issued
    assert (await shop.rows(back.return_id))["INVOICE"][0] == "PENDING"
    await shop.allot(track="AC")
    shop.rig.clock.advance(minutes=11)
    second, voided = await shop.issued(order, 2)
    assert (voided.invoice_id, voided.state) == (first.invoice_id, VOIDED)
    assert (second.number, second.state, second.total.minor_units) == ("AC00000000", ISSUED, 3000)
    assert await waits() == []
    assert await shop.rig.proofs() == {}


async def test_blocks_never_overlap_and_every_number_is_accounted_for(shop: Taiwan) -> None:
    await shop.begin(CONFIRMATION, numbers=5)
    taken = await shop.rig.fault(shop.allot(first_number=4, last_number=9))
    assert taken.reason == "INVOICE_NUMBERS_TAKEN"
    past = await shop.rig.fault(shop.allot(period=202001))
    assert past.metadata["field"] == "block.period"
    order = await shop.rig.place()
    await shop.issued(order)
    (report,) = (await shop.desk("ReportNumbers", period=shop.period)).numbers
    blank = [(one.first_number, one.last_number) for one in report.blank]
    assert (report.used, report.voided, blank) == (1, 0, [(1, 4)])
    (row,) = (await shop.desk("ExportInvoices", period=shop.period)).rows
    assert (row.document, row.number, row.total, row.upload) == ("INVOICE", "AB00000000", 3000, "DONE")
    told = await shop.rig.rows("SELECT payload FROM outbox WHERE subject LIKE 'omo.order.v1.InvoiceBlockChanged.%'")
    heard = [invoice_events_pb2.InvoiceBlockChanged.FromString(row[0]).block.block_id for row in told]
    assert heard.count(report.block.block_id) == 1
    blocks = (await shop.desk("ListBlocks")).blocks
    assert [(one.track, one.next_number) for one in blocks] == [("AB", 1)]


async def test_spoiled_numbers_are_in_the_report_and_on_no_invoice(shop: Taiwan) -> None:
    """Told late, twice, by the till and by its staff; a sale that states one is taken, and order draws another."""
    await shop.begin(numbers=5)
    await shop.allot(first_number=100, last_number=109, location_id="TPE01", terminal_id=TILL)
    period, torn = shop.period, {"numbers": ["AB00000103", "AB00000101"], "reason": "PAPER_TORN"}
    tills, clerks = tokens(shop)
    told = (await shop.desk("SpoilNumbers", tills, **torn)).spoiled
    assert [(one.number, one.location_id, one.told_by) for one in told] == [
        ("AB00000101", "TPE01", TILL), ("AB00000103", "TPE01", TILL)
    ]  # fmt: skip
    sold, stating = shop.sold("AB00000100"), shop.sold("AB00000101")
    await shop.sell(sold, stating)
    assert [one.number for one in await shop.issued(await shop.order_of(sold))] == ["AB00000100"]
    assert [one.number for one in await shop.issued(await shop.order_of(stating))] == ["AB00000000"]
    shop.rig.clock.advance(**LATER)  # the period is over: it is told all the same
    late = {"period": period, "numbers": ["AB00000101", "AB00000104"], "reason": "FOUND_LATER"}
    again = (await shop.desk("SpoilNumbers", clerks, **late)).spoiled
    assert [(one.number, one.reason) for one in again] == [("AB00000101", "PAPER_TORN"), ("AB00000104", "FOUND_LATER")]
    report = await shop.desk("ReportNumbers", period=period)
    assert [one.reason for one in report.misfits] == ["NUMBER_SPOILED"]
    found = next(one for one in report.numbers if one.block.terminal_id)
    assert [one.number for one in found.spoiled] == ["AB00000101", "AB00000103", "AB00000104"]
    assert [(one.first_number, one.last_number) for one in found.blank] == [(102, 102), (105, 109)]
    assert (found.used, found.block.next_number) == (1, 105)
    assert await shop.rig.proofs() == {}


async def test_only_numbers_of_ones_own_tills_that_are_on_no_invoice_are_spoiled(shop: Taiwan) -> None:
    await shop.begin(numbers=5)
    await shop.allot(first_number=100, last_number=109, location_id="TPE01", terminal_id=TILL)
    await shop.allot(first_number=200, last_number=209, location_id="TPE02", terminal_id="T2")
    fact = shop.sold("AB00000100")
    await shop.sell(fact)
    await shop.issued(await shop.order_of(fact))
    tills, clerks = tokens(shop)
    for token, number, reason in (
        (tills, "AB00000100", "TRANSITION_REFUSED"),
        (tills, "AB00000200", "NOT_FOUND"),
        (clerks, "AB00000200", "NOT_FOUND"),
        (clerks, "AB00000001", "NOT_FOUND"),
        (clerks, "AB1", "FIELD_INVALID"),
        (shop.rig.member(), "AB00000101", "PERMISSION_DENIED"),
    ):
        told = {"numbers": ["AB00000101", number], "reason": "PAPER_TORN"}
        assert (await shop.rig.fault(shop.desk("SpoilNumbers", token, **told))).reason == reason, number
    assert await shop.rig.rows("SELECT FROM invoice_spoiled") == []  # all that are named, or none
    elsewhere = await shop.desk("SpoilNumbers", numbers=["AB00000200"], reason="PAPER_TORN")
    assert [one.terminal_id for one in elsewhere.spoiled] == ["T2"]


def tokens(shop: Taiwan) -> tuple[str, str]:
    """Of the till in TPE01, and of somebody who works there."""
    till = shop.rig.issuer.token("device", TILL, terminal=TILL, locations=["TPE01"])
    return till, shop.rig.issuer.token("staff", "A102", roles=["cashier"], locations=["TPE01"], staff_code="A102")


async def test_every_proof_about_invoices_has_been_seen_to_fail(shop: Taiwan) -> None:
    await shop.begin()
    order = await shop.bought(lines=[line(quantity=2)])
    await shop.issued(order)
    assert await shop.rig.proofs() == {}
    shop.rig.clock.advance(**LATER)
    await shop.back(order.order_no, units(1), token=shop.clerk("manager"), override=True)
    await shop.rest()
    assert await shop.rig.proofs() == {}
    damage = {
        "invoices.numbers_have_no_holes": "UPDATE invoice_blocks SET next_number = next_number + 2",
        "invoices.units_stand_on_one": _TWIN,
        "invoices.numbers_are_of_their_block": "UPDATE invoices SET terminal_id = 'T1'",
        "invoices.totals_equal_their_lines": "UPDATE invoices SET total = total + 1, sales = sales + 1",
        "invoices.allowances_stay_within": "UPDATE invoice_allowances SET amount = 9000",
        "invoices.points_are_on_none": _POINTS,
        "invoices.spoiled_numbers_are_on_none": _SPOILED,
        "invoices.documents_are_handed_in": "DELETE FROM invoice_uploads",
        "invoices.what_came_back_is_taken_off": "UPDATE invoice_allowances SET lines = '[]'",
    }
    for statement in damage.values():
        await shop.rig.rows(statement)
    assert set(await shop.rig.proofs()) >= set(damage)
