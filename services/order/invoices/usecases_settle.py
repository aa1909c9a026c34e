"""Settles an order's invoices: whatever happened to its units, each that is to be paid for stands on exactly one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kit import access, faultpoints, timers
from kit.access import Actor
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from kit.timers import Due
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Order
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import store_cancelled
from services.order.invoices import domain_amounts, domain_numbers, domain_settling, store, store_blocks, store_reads
from services.order.invoices import store_uploads as uploads
from services.order.invoices.board import InvoiceBoard
from services.order.invoices.domain import Allowance, Invoice, Kept, Line, Number, State, Verb
from services.order.invoices.domain_settling import Lessen, Plan
from services.order.invoices.domain_terms import Terms
from services.order.returns import finding
from services.order.returns import store as returns_store

SETTLE = "invoices.settle"
UPLOAD = "invoices.upload"
NUMBERS_USED_UP = "NUMBERS_USED_UP"
_SOON, _NUMBERS_AGAIN = timedelta(seconds=5), timedelta(minutes=10)
# an order that nobody began within so long never will be
_NEVER_BEGAN = timedelta(hours=2)

faultpoints.register("invoices.before_settle_commit")


@dataclass(frozen=True, slots=True)
class Settling:
    """One settling: of which order, whose, by which terms, when, in whose name."""

    order: Order
    kept: Kept
    terms: Terms
    at: datetime
    actor: Actor


class Settlements:
    """One way for all of them, so that nothing depends on what was heard first: look at what is, mend what is not."""

    def __init__(self, clock: Clock, zone: ZoneInfo, board: InvoiceBoard) -> None:
        self._clock = clock
        self._zone = zone
        self._board = board

    async def due(self, tx: Tx, due: Due) -> None:
        """Settles one order's; one that is still being placed is looked at again."""
        kept = await store_reads.lock(tx, due.key)
        if kept is None:
            return
        found = await orders.orders(tx, [due.key])
        if not found:
            await self._not_begun(tx, due)
        elif found[0].state in (OrderState.PENDING, OrderState.PENDING_PAYMENT):
            await self._later(tx, due.key, found[0].business_time)
        else:
            with access.acting_as(access.service("order")):
                await self._settle(tx, found[0], kept)
        faultpoints.hit("invoices.before_settle_commit")

    async def _settle(self, tx: Tx, order: Order, kept: Kept) -> None:
        terms, at = await store.terms(tx), self._clock()
        now = Settling(order, kept, terms, at, access.current().actor)
        invoices = (await store_reads.of_orders(tx, [order.order_id])).get(order.order_id, [])
        plan = await self._plan(tx, now, invoices)
        number = None
        if plan.issue:
            number = await self._draw(tx, now)
            if number is None:  # nothing is voided whose remainder could not be issued
                await self._wait_for_numbers(tx, order.order_id)
                return
        await store.trouble(tx, order.order_id, "")
        await self._do(tx, now, plan, number)
        if not plan.empty:
            await timers.schedule(tx, UPLOAD, order.order_id, at)
        elif not await uploads.open_steps(tx, order.order_id):
            await self._board.settled(tx, order.order_id, "")

    async def _plan(self, tx: Tx, now: Settling, invoices: Sequence[Invoice]) -> Plan:
        order = now.order
        hands = await finding.hands(tx, order)
        gone = [(one.line_no, (one.first, one.last)) for one in await store_cancelled.of_order(tx, order.order_id)]
        returns = await returns_store.of_order(tx, order.order_id)
        classes = await store_reads.rates(tx, [line.sku for line in order.lines])
        vouchers = {sku for sku, (_, name) in classes.items() if name in now.terms.voucher_tax_classes}
        due = domain_settling.wanted(order, hands, gone, returns, now.terms.moment, vouchers)
        if not now.terms.enabled and not invoices:
            due = {}
        rates = {sku: rate for sku, (rate, _) in classes.items()}
        return domain_settling.plan(order, due, invoices, rates, now.terms, now.at, self._zone)

    async def _do(self, tx: Tx, now: Settling, plan: Plan, number: Number | None) -> None:
        order_id, until = now.order.order_id, now.terms.upload_until(now.at)
        for _, less in plan.undo:
            await store.void_allowance(tx, less.allowance_id, now.at)
            await uploads.add(tx, order_id, less.allowance_id, Verb.VOID_ALLOWANCE, until)
        for one in plan.void:
            await store.void(tx, one.invoice_id, now.at, "RETURNED")
            await uploads.add(tx, order_id, one.invoice_id, Verb.VOID, until)
        for less_of in plan.lessen:
            await self._lessen(tx, now, less_of)
        if number is not None:
            replaces = plan.void[0].invoice_id if len(plan.void) == 1 else None
            invoice = new(now, number, plan.issue, replaces)
            assert await store.insert(tx, invoice, now.actor), "a number that was just drawn is nobody's"
            await uploads.add(tx, order_id, invoice.invoice_id, Verb.ISSUE, until)

    async def _lessen(self, tx: Tx, now: Settling, given: Lessen) -> None:
        """Never by more than the invoice is worth; the tax of all of them together is the invoice's own."""
        invoice = given.invoice
        before = [one for less in invoice.allowances if less.state is State.ISSUED for one in less.lines]
        amount = min(sum(line.amount for line in given.lines), invoice.total - invoice.allowed)
        tax = domain_amounts.tax_of([*before, *given.lines]) - domain_amounts.tax_of(before)
        number = f"{invoice.number}{len(invoice.allowances) + 1:02d}"
        less = Allowance(uuid7(), number, State.ISSUED, amount, tax, now.at, given.lines)
        period = domain_numbers.period_of(now.at, self._zone)
        await store.allow(tx, invoice, less, period, now.actor)
        until = now.terms.upload_until(now.at)
        await uploads.add(tx, invoice.order_id, less.allowance_id, Verb.ALLOW, until)

    async def _draw(self, tx: Tx, now: Settling) -> Number | None:
        return await store_blocks.draw(tx, domain_numbers.period_of(now.at, self._zone), now.order.location_id)

    async def _wait_for_numbers(self, tx: Tx, order_id: str) -> None:
        await store.trouble(tx, order_id, NUMBERS_USED_UP)
        await timers.schedule(tx, SETTLE, order_id, self._clock() + _NUMBERS_AGAIN)

    async def _later(self, tx: Tx, order_id: str, since: datetime) -> None:
        """The longer it takes the rarer."""
        now = self._clock()
        await timers.schedule(tx, SETTLE, order_id, now + max(_SOON, (now - since) / 4))

    async def _not_begun(self, tx: Tx, due: Due) -> None:
        since = datetime.fromisoformat(due.payload.decode()) if due.payload else self._clock() - _NEVER_BEGAN
        if self._clock() - since >= _NEVER_BEGAN:
            await store.drop(tx, due.key)
        else:
            await timers.schedule(tx, SETTLE, due.key, self._clock() + _NUMBERS_AGAIN, due.payload)


def new(now: Settling, number: Number, lines: Sequence[Line], replaces: str | None = None) -> Invoice:
    """An invoice of these units for the buyer that was kept."""
    sums, kept = domain_amounts.stated(lines, now.kept.business), now.kept
    return Invoice(
        uuid7(), now.order.order_id, str(number), number.period, f"{secrets.randbelow(10_000):04d}", State.ISSUED,
        now.at, sums.total, sums.sales, sums.tax, sums.free, kept.business, kept.carrier_kind, kept.donation_code,
        kept.print, now.order.location_id, "", tuple(lines), replaces=replaces, block_id=number.block_id,
    )  # fmt: skip


def renumbered(invoice: Invoice, random_code: str, terminal_id: str) -> Invoice:
    """The same as a till printed it."""
    return replace(invoice, random_code=random_code, terminal_id=terminal_id)
