"""Hands an order's documents in, one after the other in the order in which they happened, until each has arrived."""

from datetime import timedelta

from kit import access, faultpoints, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.telemetry import logs
from kit.timers import Due
from services.order.checkout import store_reads as orders
from services.order.invoices import store, store_reads, store_uploads
from services.order.invoices.board import InvoiceBoard
from services.order.invoices.domain import Buyer, Invoice, InvoiceProviderAway, Kept, Upload, Verb
from services.order.invoices.provider import Accepted, Document, Outcome, Provider, Refused, Waiting
from services.order.invoices.seals import Seals
from services.order.invoices.store_uploads import Step

_SECONDS = 5.0
_LONGEST = timedelta(minutes=15)
_log = logs.get(__name__)

faultpoints.register("invoices.after_upload")


class Uploads:
    """A provider that is away changes nothing: numbers are drawn and invoices stand, it is asked again and again."""

    def __init__(
        self, db: Database, clock: Clock, seals: Seals, provider: Provider | None, board: InvoiceBoard
    ) -> None:
        self._db = db
        self._clock = clock
        self._seals = seals
        self._provider = provider
        self._board = board

    async def due(self, due: Due) -> None:
        """Everything of one order that is open; what must wait holds back what comes after it."""
        async with self._db.read() as tx:
            steps = await store_uploads.open_steps(tx, due.key)
            documents = [await self._document(tx, due.key, step) for step in steps]
        with access.acting_as(access.service("order")):
            for step, document in zip(steps, documents, strict=True):
                outcome = await self._ask(document, step)
                faultpoints.hit("invoices.after_upload")
                if isinstance(outcome, Waiting):
                    await self._again(due, step)
                    return
                await self._settle(due.key, step, outcome)
            await self._end(due)

    async def _ask(self, document: Document, step: Step) -> Outcome:
        """What was asked for before is asked after first; a provider that never heard of it is told again."""
        if self._provider is None:
            return Waiting()
        verbs = {
            Verb.ISSUE: self._provider.issue,
            Verb.VOID: self._provider.void,
            Verb.ALLOW: self._provider.allow,
            Verb.VOID_ALLOWANCE: self._provider.void_allowance,
        }
        try:
            if step.handing.tries:
                known = await self._provider.query(document, _SECONDS)
                if known is not None:
                    return known
            return await verbs[step.handing.verb](document, _SECONDS)
        except InvoiceProviderAway as away:
            _log.warning("invoices wait", reason=away.reason)
            return Waiting()

    async def _settle(self, order_id: str, step: Step, outcome: Outcome) -> None:
        state = Upload.DONE if isinstance(outcome, Accepted) else Upload.REFUSED
        code = outcome.code[:64] if isinstance(outcome, Refused) else ""
        async with self._db.transaction() as tx:
            await store_uploads.settle(tx, order_id, step.step, state, code, self._clock())

    async def _again(self, due: Due, step: Step) -> None:
        """Soon, then less often, for as long as it takes: no number of tries makes it needless."""
        async with self._db.transaction() as tx:
            tries = await store_uploads.tried(tx, due.key, step.step, "")
            pause = min(timedelta(seconds=2 ** min(tries, 12)), _LONGEST)
            await timers.again(tx, due, self._clock() + pause)

    async def _end(self, due: Due) -> None:
        async with self._db.transaction() as tx:
            await store_reads.lock(tx, due.key)
            if await store_uploads.open_steps(tx, due.key):  # something happened meanwhile
                await timers.again(tx, due, self._clock())
                return
            newest = await store_uploads.of_orders(tx, [due.key])
            refusal = next((one.code for one in newest.values() if one.state is Upload.REFUSED), "")
            await self._board.settled(tx, due.key, refusal)
            await timers.finish(tx, due)

    async def _document(self, tx: Tx, order_id: str, step: Step) -> Document:
        terms = await store.terms(tx)
        kept = (await store_reads.buyers(tx, [order_id])).get(order_id, Kept(order_id))
        (order,) = await orders.orders(tx, [order_id])
        document_id = step.handing.document_id
        for invoice in (await store_reads.of_orders(tx, [order_id])).get(order_id, []):
            allowance = next((one for one in invoice.allowances if one.allowance_id == document_id), None)
            if allowance is not None or invoice.invoice_id == document_id:
                return Document(
                    step.handing.verb, terms.seller_tax_id, terms.seller_name, order.currency,
                    order.order_no, invoice, _buyer(self._seals, kept, invoice), allowance,
                )  # fmt: skip
        raise AssertionError("a step names a document that is never deleted")


def _buyer(seals: Seals, kept: Kept, invoice: Invoice) -> Buyer:
    """As the invoice was issued: a buyer who was forgotten since is nobody."""
    found = seals.open(kept)
    return found if invoice.carrier_kind == found.carrier_kind else Buyer(print=invoice.print)
