"""Moves an order's money after its checkout: capture, give back."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from kit import access, faultpoints, timers
from kit.access import Actor, Principal
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.timers import Due
from services.order.checkout import store_saga
from services.order.checkout.domain import Entry, TenderEntry, TransitionRefused
from services.order.checkout.domain_tenders import Movement
from services.order.payments import domain, domain_deals, store, store_deals
from services.order.payments.domain import Charge, Declined, ProviderAway, Wait
from services.order.payments.domain_deals import Deal
from services.order.payments.provider import Provider, Providers

GIVE_BACK = "payment.give_back"
LET_GO = "payment.let_go"
# under the refund's id, which is also the key by which the provider knows it
REFUND = "payment.refund"
_STEP_SECONDS = 5.0
# our own word, beside the providers'
_LET_GO_BEFORE = "voided"
# why, where goods that were paid for never come: our own words in the journal
NEVER_COME = "UNITS_CANCELLED"

faultpoints.register("payment.after_deal", "payment.after_capture", "payment.after_give_back")


class Payments:
    """The money of orders, by their tender journal."""

    def __init__(self, db: Database, clock: Clock, providers: Providers) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers

    def provider(self, name: str, field: str = "payment.provider") -> Provider:
        """The configured provider of that name."""
        found = self._providers.get(name)
        if found is None:
            raise invalid(field, f"must be one of {', '.join(sorted(self._providers))}")
        return found

    async def capture(self, order_id: str, key: str, amount: int) -> bool:
        """Takes a part of what was authorised, once for each key (the fulfilment id).

        False if a provider refuses, which is journalled. Raises ProviderAway
        where nobody knows: then the handover's timer asks again. The amount is
        cut to what is left to capture; where it was let go, nothing is, and
        somebody owes us money: that is a refusal. Of several payments the first
        gives until it is used up, then the next.
        """
        async with self._db.read() as tx:
            entries = await store.entries(tx, order_id)
        charges = domain.charges(order_id, entries)
        if len(charges) > 1:
            return await self._capture_dealt(order_id, key, amount)
        done = [entry for entry in entries if entry.key == key and entry.entry is Entry.CAPTURED]
        money = domain.money(entries)
        amount = min(amount, money.authorised - money.captured)
        if done or amount <= 0:
            return True
        return await self._take(self._only(charges), key, amount, entries)

    async def _capture_dealt(self, order_id: str, key: str, amount: int) -> bool:
        """Each payment's part of it is decided and written before anybody is asked, so that all tries ask the same."""
        while True:
            deals, entries = await self._dealt(order_id, key, amount)
            faultpoints.hit("payment.after_deal")
            charges = {charge.tender_no: charge for charge in domain.charges(order_id, entries)}
            taken = [await self._take_once(charges[deal.tender_no], deal, entries) for deal in deals]
            if all(deal.key == key for deal in deals):
                return all(taken)

    async def _dealt(self, order_id: str, key: str, amount: int) -> tuple[list[Deal], tuple[TenderEntry, ...]]:
        """What an earlier try left unanswered, or this try's deal."""
        async with self._db.transaction() as tx:
            await store_saga.lock(tx, order_id)
            entries = await store.entries(tx, order_id)
            deals = await store_deals.of(tx, order_id)
            found = domain_deals.unanswered(entries, deals, key) or [deal for deal in deals if deal.key == key]
            if not found:
                found = domain_deals.deal(domain.charges(order_id, entries), entries, deals, key, amount)
                await store_deals.add(tx, order_id, found, self._clock())
        return found, entries

    async def _take_once(self, charge: Charge, deal: Deal, entries: Sequence[TenderEntry]) -> bool:
        ended = domain_deals.ended(entries, deal)
        return await self._take(charge, deal.key, deal.amount, entries) if ended is None else ended

    async def _take(self, charge: Charge, key: str, amount: int, entries: Sequence[TenderEntry]) -> bool:
        refused: Declined | None = Declined(_LET_GO_BEFORE)
        if not charge.money.voided:
            refused = await self.provider(charge.provider).capture(charge, key, amount, _STEP_SECONDS)
        faultpoints.hit("payment.after_capture")
        entry = self._entry(Entry.CAPTURE_FAILED if refused else Entry.CAPTURED, charge, key, amount, refused)
        if refused is None and charge.provider == domain.COUNTER:
            entry = replace(entry, kind=domain.kind_of(entries, charge.tender_no))
        async with self._db.transaction() as tx:
            await self._note(tx, charge.order_id, entry, "")
        return refused is None

    async def give_back_later(self, tx: Tx, order_id: str) -> None:
        """Voids or refunds soon after this transaction commits, and tries again until it is done."""
        await timers.schedule(tx, GIVE_BACK, order_id, self._clock(), as_asked())

    async def give_back_due(self, due: Due) -> None:
        """Does what `give_back_later` promised."""
        with acting(due):
            await self.give_back(due.key)
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)

    async def give_back(self, order_id: str) -> None:
        """Voids what was asked for and not captured, refunds what was captured. Repeating it does nothing more."""
        async with self._db.read() as tx:
            entries, order = await store.entries(tx, order_id), await store.order_of(tx, order_id)
        charges, reason = domain.charges(order_id, entries), order["reason"] if order else ""
        for charge in charges:
            await self._give_back(charge, domain_deals.key_of_ending(entries, charge.tender_no), reason)
        domain.drawers_are_empty(charges)

    async def _give_back(self, charge: Charge, key: str, reason: str) -> None:
        money, notes = charge.money, list[TenderEntry]()
        if not money.voided and money.declined is None and money.captured < charge.asked:
            # also where we never heard of an authorisation: one that is still on its way will be refused
            await self.provider(charge.provider).void(charge, _STEP_SECONDS)
            notes.append(self._entry(Entry.VOIDED, charge, "", charge.asked - money.captured, None))
        if money.refundable:
            answer = await self.provider(charge.provider).refund(charge, key, money.refundable, _STEP_SECONDS)
            if isinstance(answer, Declined):
                raise domain.PaymentDeclined(f"the refund was refused: {answer.code}", provider_code=answer.code)
            if isinstance(answer, Wait):
                raise ProviderAway("the provider is still at the refund", order_id=charge.order_id)
            notes.append(self._entry(Entry.REFUNDED, charge, key, money.refundable, None))
        faultpoints.hit("payment.after_give_back")
        async with self._db.transaction() as tx:
            for note in notes:
                await self._note(tx, charge.order_id, note, reason)

    async def refund(
        self, order_id: str, key: str, amount: int, timeout: float, tender_no: int = domain.TENDER
    ) -> Declined | Wait | None:
        """Gives back a part of what was captured, once for each key; None means given. The caller notes it.

        What is secured and not captured yet is not there to be given back:
        raises ProviderAway, so that a timer asks again.
        """
        async with self._db.read() as tx:
            entries = await store.entries(tx, order_id)
        own = [entry for entry in entries if entry.key == key and entry.tender_no == tender_no]
        if any(entry.entry is Entry.REFUNDED for entry in own):
            return None
        failed = next((entry for entry in own if entry.entry is Entry.REFUND_FAILED), None)
        if failed is not None:
            return Declined(failed.code or "failed")
        charge = self._only([one for one in domain.charges(order_id, entries) if one.tender_no == tender_no])
        if charge.money.refundable < amount:
            raise ProviderAway("what is to be refunded is not captured yet", order_id=order_id)
        return await self.provider(charge.provider).refund(charge, key, amount, timeout)

    async def let_go_later(self, tx: Tx, order_id: str) -> None:
        """Voids soon after this transaction commits what was secured and will never be captured."""
        await timers.schedule(tx, LET_GO, order_id, self._clock(), as_asked())

    async def let_go_due(self, due: Due) -> None:
        """Does what `let_go_later` promised; what was captured stays."""
        async with self._db.read() as tx:
            entries = await store.entries(tx, due.key)
        charges = domain.charges(due.key, entries)
        for charge in charges:
            if rest := charge.money.capturable:
                await self.provider(charge.provider).void(charge, _STEP_SECONDS)
                async with self._db.transaction() as tx:
                    with acting(due):
                        await self._note(tx, due.key, self._entry(Entry.VOIDED, charge, "", rest, None), NEVER_COME)
        domain.drawers_are_empty(charges)
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)

    async def must_be_paid(self, tx: Tx, order_id: str) -> None:
        """Refuses to hand over what the shopper was to pay for at the counter first."""
        unpaid = sum(charge.unpaid for charge in domain.charges(order_id, await store.entries(tx, order_id)))
        if unpaid:
            raise domain.PaymentOutstanding("it is to be paid at the counter first", order_id=order_id, amount=unpaid)

    async def entries(self, order_id: str) -> tuple[str, tuple[TenderEntry, ...]]:
        """The currency and the journal of an order."""
        async with self._db.read() as tx:
            return await self._currency(tx, order_id), await store.entries(tx, order_id)

    async def movements(self, order_id: str) -> tuple[str, Sequence[Movement]]:
        """The same with who did it, where and why."""
        async with self._db.read() as tx:
            return await self._currency(tx, order_id), await store.movements(tx, order_id)

    async def _currency(self, tx: Tx, order_id: str) -> str:
        order = await store.order_of(tx, order_id)
        if order is None:
            raise access.NotYours("no such order", field="order_id", order_id=order_id)
        currency: str = order["currency"]
        return currency

    async def _note(self, tx: Tx, order_id: str, entry: TenderEntry, reason: str) -> None:
        await store.add(tx, order_id, entry, access.current().actor, reason)

    def _only(self, charges: Sequence[Charge]) -> Charge:
        if not charges:
            raise TransitionRefused("nothing of this order was paid through a provider", state="no payment")
        return charges[0]

    def _entry(self, entry: Entry, charge: Charge, key: str, amount: int, refused: Declined | None) -> TenderEntry:
        code, at = refused.code if refused else "", self._clock()
        return TenderEntry(charge.tender_no, entry, domain.PROVIDER, amount, at, charge.provider, "", code, key)


def as_asked() -> bytes:
    """What a timer keeps of who asks for its work, so that the journal says who that was, and at which terminal."""
    return access.current().actor.encode().encode()


def acting(due: Due) -> AbstractContextManager[Principal]:
    """For whom a timer's work is done; one from before that was kept is done by the service itself."""
    return access.acting_as(access.service("order", Actor.decode(due.payload.decode())))
