"""Moves an order's money after its checkout: capture, give back; and takes what providers tell us."""

import uuid
from collections.abc import Mapping

from kit import access, faultpoints, timers
from kit.clock import Clock, system_clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.timers import Due
from services.order.checkout import store_saga
from services.order.checkout.domain import Entry, TenderEntry, TransitionRefused
from services.order.checkout.domain_saga import KIND as CHECKOUT
from services.order.checkout.domain_saga import Checkout, Step
from services.order.payments import domain, store
from services.order.payments.domain import Declined, Notification, PaymentUnknown, ProviderAway, Wait
from services.order.payments.provider import Provider, Providers

GIVE_BACK = "payment.give_back"
LET_GO = "payment.let_go"
# under the refund's id, which is also the key by which the provider knows it
REFUND = "payment.refund"
_STEP_SECONDS = 5.0
# our own word, beside the providers'
_LET_GO_BEFORE = "voided"

faultpoints.register("payment.after_capture", "payment.after_give_back", "payment.after_notification")


class Payments:
    """The money of orders, by their tender journal."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        providers: Providers,
        wall: Clock = system_clock,
    ) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers
        # signatures live on the machine's time, as tokens do: business time may be moved by days
        self._wall = wall

    def provider(self, name: str) -> Provider:
        """The configured provider of that name."""
        found = self._providers.get(name)
        if found is None:
            raise invalid("payment.provider", f"must be one of {', '.join(sorted(self._providers))}")
        return found

    async def capture(self, order_id: str, key: str, amount: int) -> bool:
        """Takes a part of what was authorised, once for each key (the fulfilment id).

        False if the provider refuses, which is journalled. Raises ProviderAway
        where nobody knows: then the handover's timer asks again. The amount is
        cut to what is left to capture; where it was let go, nothing is, and
        somebody owes us money: that is a refusal.
        """
        async with self._db.read() as tx:
            entries = await store.entries(tx, order_id)
        done = [entry for entry in entries if entry.key == key and entry.entry is Entry.CAPTURED]
        money = domain.money(entries)
        most = money.authorised - money.captured
        amount = min(amount, most)
        if done or amount <= 0:
            return True
        provider = self._provider_of(entries)
        refused: Declined | None = Declined(_LET_GO_BEFORE)
        if not money.voided:
            refused = await provider.capture(order_id, key, amount, _STEP_SECONDS)
        faultpoints.hit("payment.after_capture")
        entry = Entry.CAPTURE_FAILED if refused else Entry.CAPTURED
        async with self._db.transaction() as tx:
            await self._note(tx, order_id, self._entry(entry, provider.name, key, amount, refused))
        return refused is None

    async def give_back_later(self, tx: Tx, order_id: str) -> None:
        """Voids or refunds soon after this transaction commits, and tries again until it is done."""
        await timers.schedule(tx, GIVE_BACK, order_id, self._clock())

    async def give_back_due(self, due: Due) -> None:
        """Does what `give_back_later` promised."""
        await self.give_back(due.key)
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)

    async def give_back(self, order_id: str) -> None:
        """Voids what was asked for and not captured, refunds what was captured. Repeating it does nothing more."""
        async with self._db.read() as tx:
            entries = await store.entries(tx, order_id)
        money = domain.money(entries)
        if not any(entry.kind == domain.PROVIDER for entry in entries):
            return
        provider = self._provider_of(entries)
        asked = next(entry.amount for entry in entries if entry.kind == domain.PROVIDER)
        notes: list[TenderEntry] = []
        if not money.voided and money.declined is None and money.captured < asked:
            # also where we never heard of an authorisation: one that is still on its way will be refused
            await provider.void(order_id, _STEP_SECONDS)
            notes.append(self._entry(Entry.VOIDED, provider.name, "", asked - money.captured, None))
        if money.refundable:
            answer = await provider.refund(order_id, "cancel", money.refundable, _STEP_SECONDS)
            if isinstance(answer, Declined):
                raise domain.PaymentDeclined(f"the refund was refused: {answer.code}", provider_code=answer.code)
            if isinstance(answer, Wait):
                raise ProviderAway("the provider is still at the refund", order_id=order_id)
            notes.append(self._entry(Entry.REFUNDED, provider.name, "cancel", money.refundable, None))
        faultpoints.hit("payment.after_give_back")
        async with self._db.transaction() as tx:
            for note in notes:
                await self._note(tx, order_id, note)

    async def refund(self, order_id: str, key: str, amount: int, timeout: float) -> Declined | Wait | None:
        """Gives back a part of what was captured, once for each key; None means given. The caller notes it.

        What is secured and not captured yet is not there to be given back:
        raises ProviderAway, so that a timer asks again.
        """
        async with self._db.read() as tx:
            entries = await store.entries(tx, order_id)
        if any(entry.entry is Entry.REFUNDED and entry.key == key for entry in entries):
            return None
        if domain.money(entries).refundable < amount:
            raise ProviderAway("what is to be refunded is not captured yet", order_id=order_id)
        return await self._provider_of(entries).refund(order_id, key, amount, timeout)

    async def let_go_later(self, tx: Tx, order_id: str) -> None:
        """Voids soon after this transaction commits what was secured and will never be captured."""
        await timers.schedule(tx, LET_GO, order_id, self._clock())

    async def let_go_due(self, due: Due) -> None:
        """Does what `let_go_later` promised; what was captured stays."""
        async with self._db.read() as tx:
            entries = await store.entries(tx, due.key)
        if rest := domain.money(entries).capturable:
            provider = self._provider_of(entries)
            await provider.void(due.key, _STEP_SECONDS)
            async with self._db.transaction() as tx:
                await self._note(tx, due.key, self._entry(Entry.VOIDED, provider.name, "", rest, None))
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)

    async def record_notification(self, provider_name: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Takes a provider's signed word into the journal, in whatever order words come, and wakes who waits for it."""
        provider = self.provider(provider_name)
        told = provider.read(body, headers, self._wall())
        async with self._db.transaction() as tx:
            if not await store.claim(tx, provider_name, told):
                return
            saga = await store_saga.lock(tx, told.order_id)
            if saga is None or saga.provider != provider_name:
                raise PaymentUnknown("no payment has that reference", reference=told.order_id)
            await self._note(tx, told.order_id, self._heard(provider_name, told))
            await self._wake(tx, saga, told)
            faultpoints.hit("payment.after_notification")

    async def entries(self, order_id: str) -> tuple[str, tuple[TenderEntry, ...]]:
        """The currency and the journal of an order."""
        async with self._db.read() as tx:
            order = await store.order_of(tx, order_id)
            if order is None:
                raise access.NotYours("no such order", field="order_id", order_id=order_id)
            return order["currency"], await store.entries(tx, order_id)

    async def _wake(self, tx: Tx, saga: Checkout, told: Notification) -> None:
        if told.entry is Entry.REFUNDED and (refund_id := _refund_id(told.key)):
            await timers.schedule(tx, REFUND, refund_id, self._clock())
        if saga.step is Step.PAY:
            await timers.schedule(tx, CHECKOUT, saga.order_id, self._clock())
        elif saga.step in (Step.UNDO, Step.DONE) and told.entry is Entry.AUTHORISED:
            order = await store.order_of(tx, saga.order_id)
            if order is not None and order["state"] == "CANCELLED":
                # secured after we gave up, maybe after the undoing looked: nobody else would ever let it go
                await self.give_back_later(tx, saga.order_id)

    async def _note(self, tx: Tx, order_id: str, entry: TenderEntry) -> None:
        await store.add(tx, order_id, entry, access.current().actor)

    def _provider_of(self, entries: tuple[TenderEntry, ...]) -> Provider:
        name = next((entry.provider for entry in entries if entry.kind == domain.PROVIDER), None)
        if name is None:
            raise TransitionRefused("nothing of this order was paid through a provider", state="no payment")
        return self.provider(name)

    def _entry(self, entry: Entry, provider: str, key: str, amount: int, refused: Declined | None) -> TenderEntry:
        code, at = refused.code if refused else "", self._clock()
        return TenderEntry(domain.TENDER, entry, domain.PROVIDER, amount, at, provider, "", code, key)

    def _heard(self, provider: str, told: Notification) -> TenderEntry:
        words = (provider, told.reference, told.code, told.key)
        return TenderEntry(domain.TENDER, told.entry, domain.PROVIDER, told.amount, self._clock(), *words)


def _refund_id(key: str) -> str | None:
    """The refund that a provider means by this key, if it is one of ours."""
    try:
        return str(uuid.UUID(key.partition("#")[0]))
    except ValueError:
        return None
