"""Takes what providers tell us into the journal, and wakes whoever waits for it."""

import uuid
from collections.abc import Mapping

from kit import access, faultpoints, timers
from kit.clock import Clock, system_clock
from kit.postgres import Database, Tx
from services.order.checkout import store_saga
from services.order.checkout.domain import Entry, TenderEntry
from services.order.checkout.domain_saga import KIND as CHECKOUT
from services.order.checkout.domain_saga import Checkout, Step
from services.order.payments import domain, store
from services.order.payments.domain import Notification, PaymentUnknown
from services.order.payments.usecases import REFUND, Payments

faultpoints.register("payment.after_notification")


class Hearing:
    """Webhooks: signed, replayed, late and out of order."""

    def __init__(self, db: Database, clock: Clock, payments: Payments, wall: Clock = system_clock) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        # signatures live on the machine's time, as tokens do: business time may be moved by days
        self._wall = wall

    async def record_notification(self, provider_name: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Takes a provider's signed word into the journal, in whatever order words come, and wakes who waits for it."""
        provider = self._payments.provider(provider_name)
        told = provider.read(body, headers, self._wall())
        if told is None:
            return
        async with self._db.transaction() as tx:
            if not await store.claim(tx, provider_name, told):
                return
            saga = await store_saga.lock(tx, told.order_id)
            if saga is None or not await self._asked(tx, saga, provider_name, told):
                raise PaymentUnknown("no payment has that reference", reference=told.order_id)
            heard = self._heard(provider_name, told)  # its word for why is the entry's code
            await store.add(tx, told.order_id, heard, access.current().actor, "")
            await self._wake(tx, saga, told)
            faultpoints.hit("payment.after_notification")

    async def _asked(self, tx: Tx, saga: Checkout, provider: str, told: Notification) -> bool:
        """Whether this provider was asked for the payment that it speaks of."""
        if told.tender_no == domain.TENDER:
            return saga.provider == provider
        charges = domain.charges(saga.order_id, await store.entries(tx, saga.order_id))
        return any((one.tender_no, one.provider) == (told.tender_no, provider) for one in charges)

    async def _wake(self, tx: Tx, saga: Checkout, told: Notification) -> None:
        if told.entry in (Entry.REFUNDED, Entry.REFUND_FAILED):
            await self._wake_refund(tx, saga, told)
        if saga.step is Step.PAY:
            await timers.schedule(tx, CHECKOUT, saga.order_id, self._clock())
        elif saga.step in (Step.UNDO, Step.DONE) and told.entry is Entry.AUTHORISED:
            order = await store.order_of(tx, saga.order_id)
            if order is not None and order["state"] == "CANCELLED":
                # secured after we gave up, maybe after the undoing looked: nobody else would ever let it go
                await self._payments.give_back_later(tx, saga.order_id)

    async def _wake_refund(self, tx: Tx, saga: Checkout, told: Notification) -> None:
        if refund_id := _refund_id(told.key):
            await timers.schedule(tx, REFUND, refund_id, self._clock())
        elif (order := await store.order_of(tx, saga.order_id)) is not None and order["state"] == "CANCELLED":
            await self._payments.give_back_later(tx, saga.order_id)

    def _heard(self, provider: str, told: Notification) -> TenderEntry:
        words = (provider, told.reference, told.code, told.key)
        return TenderEntry(told.tender_no, told.entry, domain.PROVIDER, told.amount, self._clock(), *words)


def _refund_id(key: str) -> str | None:
    """The refund that a provider means by this key, if it is one of ours."""
    try:
        return str(uuid.UUID(key.partition("#")[0]))
    except ValueError:
        return None
