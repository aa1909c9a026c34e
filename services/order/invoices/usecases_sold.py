"""Takes the invoices of stores' sales: as their tills drew and printed them, or to be drawn by order."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from kit import access, timers
from kit.clock import Clock
from kit.errors import Fault
from kit.postgres import Tx
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Order
from services.order.invoices import (
    domain_buyer,
    domain_numbers,
    domain_settling,
    store,
    store_blocks,
    store_reads,
    store_spoiled,
)
from services.order.invoices import store_uploads as uploads
from services.order.invoices.domain import Buyer, Kept, Line, Number, Verb
from services.order.invoices.domain_terms import Terms
from services.order.invoices.seals import Seals
from services.order.invoices.terms import Held
from services.order.invoices.usecases_settle import SETTLE, UPLOAD, Settling, new, renumbered
from services.order.invoices.wire_buyer import Stated
from services.order.returns import domain_units
from services.order.sales.wire import Sale, Till

UNREADABLE, NOT_ALLOTTED, USED = "NUMBER_UNREADABLE", "NUMBER_NOT_ALLOTTED", "NUMBER_USED"
SPOILED = "NUMBER_SPOILED"
BUYER_UNREADABLE = "BUYER_UNREADABLE"


class SoldInvoices:
    """Facts are never refused: what does not fit is kept aside, and order draws a number instead."""

    def __init__(self, clock: Clock, zone: ZoneInfo, seals: Seals, held: Held) -> None:
        self._clock = clock
        self._zone = zone
        self._seals = seals
        self._held = held

    async def take(self, tx: Tx, till: Till, sales: Sequence[Sale]) -> None:
        """Of sales that were stored just now, those that have an invoice."""
        terms = await self._held.now(tx)
        wanted = [sale for sale in sales if sale.invoice is not None or (terms.enabled and terms.number_sales)]
        if not wanted:
            return
        found = {order.order_id: order for order in await orders.orders(tx, [sale.order_id for sale in wanted])}
        for sale in wanted:
            await self._take(tx, till, found[sale.order_id], sale.invoice or Stated(), terms)

    async def _take(self, tx: Tx, till: Till, order: Order, said: Stated, terms: Terms) -> None:
        period = domain_numbers.period_of(order.business_time, self._zone)
        kept, odd = self._kept(order, said)
        await store.keep(tx, kept, order.business_time)
        if odd:
            await store.misfit(tx, order.order_id, odd, till.terminal_id, said.number, period, order.business_time)
        wrong = await self._issue(tx, till, order, kept, said, terms) if said.number else None
        if wrong:
            await store.misfit(tx, order.order_id, wrong, till.terminal_id, said.number, period, order.business_time)
        if wrong or not said.number:
            await timers.schedule(tx, SETTLE, order.order_id, self._clock())

    def _kept(self, order: Order, said: Stated) -> tuple[Kept, str]:
        """The buyer, as far as his words can be kept; what they break."""
        member = order.member_id is not None
        try:
            return self._seals.close(order.order_id, domain_buyer.checked(said.said, member=member)), ""
        except Fault:
            return self._seals.close(order.order_id, Buyer()), BUYER_UNREADABLE

    async def _issue(self, tx: Tx, till: Till, order: Order, kept: Kept, said: Stated, terms: Terms) -> str | None:
        """Keeps the invoice that the till printed; why not, if not."""
        read = domain_numbers.read(said.number)
        if read is None or not domain_numbers.is_random_code(said.random_code):
            return UNREADABLE
        at, period = order.business_time, domain_numbers.period_of(order.business_time, self._zone)
        block_id = await store_blocks.drew(tx, period, *read, till.terminal_id)
        if block_id is None:
            return NOT_ALLOTTED
        settling = Settling(order, kept, terms, at, access.current().actor)
        number = Number(period, *read, block_id)
        drawn = new(settling, number, await self._lines(tx, order, terms))
        invoice = renumbered(drawn, said.random_code, till.terminal_id)
        if not await store.insert(tx, invoice, settling.actor):
            return SPOILED if await store_spoiled.among(tx, period, [str(number)]) else USED
        await uploads.add(tx, order.order_id, invoice.invoice_id, Verb.ISSUE, terms.upload_until(at))
        await timers.schedule(tx, UPLOAD, order.order_id, self._clock())
        return None

    async def _lines(self, tx: Tx, order: Order, terms: Terms) -> tuple[Line, ...]:
        classes = await store_reads.rates(tx, [line.sku for line in order.lines])
        vouchers = {sku for sku, (_, name) in classes.items() if name in terms.voucher_tax_classes}
        hands = domain_units.handed_over(order, ())
        due = domain_settling.wanted(order, hands, (), (), terms.moment, vouchers)
        rates = {sku: rate for sku, (rate, _) in classes.items()}
        return domain_settling.plan(order, due, (), rates, terms, order.business_time, self._zone).issue
