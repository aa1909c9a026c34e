"""Secures an order's payments one after the other, each journalled before the next is asked for."""

from dataclasses import replace
from datetime import datetime

from kit import access, faultpoints
from kit.clock import Clock
from kit.postgres import Database
from services.order.checkout import store_split
from services.order.checkout.domain import Entry, Order, TenderEntry
from services.order.checkout.domain_parts import Instrument
from services.order.checkout.domain_saga import Checkout, SagaFailed
from services.order.payments import domain, store
from services.order.payments.domain import (
    PROVIDER,
    TENDER,
    Ask,
    Authorised,
    Charge,
    Declined,
    Outcome,
    PaymentDeclined,
    ProviderAway,
    Wait,
)
from services.order.payments.usecases import Payments

_STEP_SECONDS = 2.0

faultpoints.register("payment.after_part")


class Splits:
    """The way to secured of an order that several payments pay; the first no is the whole order's."""

    def __init__(self, db: Database, clock: Clock, payments: Payments) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments

    async def authorise(self, order: Order, checkout: Checkout) -> tuple[Outcome, Order]:
        """How it stands with all of them, and the order with what is secured by now."""
        instruments: dict[int, Instrument] | None = None
        for charge in domain.charges(order.order_id, order.tenders):
            if charge.money.authorised:
                agreed(charge.money.authorised, charge.asked)
                continue
            if charge.money.declined:
                return Declined(charge.money.declined, tender_no=charge.tender_no), order
            if instruments is None:
                instruments = await self._instruments(checkout)
            outcome = await self._ask(order, charge, instruments[charge.tender_no])
            if isinstance(outcome, Declined):
                return replace(outcome, tender_no=charge.tender_no), order
            if not isinstance(outcome, Authorised):
                return outcome, order
            order = await self._note(order, charge, outcome)
            faultpoints.hit("payment.after_part")
        return Authorised(""), order

    async def _instruments(self, checkout: Checkout) -> dict[int, Instrument]:
        async with self._db.read() as tx:
            further = await store_split.of(tx, checkout.order_id)
        return {TENDER: Instrument(TENDER, checkout.instrument_token, checkout.return_url), **further}

    async def _ask(self, order: Order, charge: Charge, by: Instrument) -> Outcome:
        provider = self._payments.provider(charge.provider)
        ask = Ask(order.order_id, charge.asked, order.currency, by.instrument_token, by.return_url, by.tender_no)
        try:
            outcome = await provider.authorise(ask, _STEP_SECONDS)
        except ProviderAway:
            return Wait("")
        if isinstance(outcome, Authorised):
            agreed(outcome.amount, charge.asked)
        return outcome

    async def _note(self, order: Order, charge: Charge, said: Authorised) -> Order:
        at, number = self._clock(), charge.tender_no
        entry = TenderEntry(number, Entry.AUTHORISED, PROVIDER, charge.asked, at, charge.provider, said.reference)
        async with self._db.transaction() as tx:
            await store.add(tx, order.order_id, entry, access.current().actor, "")
        return replace(order, tenders=(*order.tenders, entry))


def agreed(secured: int | None, asked: int) -> None:
    """What was secured is what was asked for, where the provider said how much it is."""
    if secured is not None and secured != asked:
        raise SagaFailed("another amount was secured than asked for", cause="AMOUNT_MISMATCH")


def refused_by(code: str, tender_no: int) -> PaymentDeclined:
    """In the provider's word; of several payments with the number of the one that was refused."""
    fault = PaymentDeclined("the payment was declined", provider_code=code)
    if tender_no != TENDER:
        fault.metadata["tender_no"] = str(tender_no)
    return fault


def declined(order: Order, fault: PaymentDeclined, at: datetime) -> TenderEntry:
    """What the journal says of the payment that was refused."""
    number = int(fault.metadata.get("tender_no", TENDER))
    (charge,) = [one for one in domain.charges(order.order_id, order.tenders) if one.tender_no == number]
    code = fault.metadata["provider_code"]
    return TenderEntry(number, Entry.DECLINED, PROVIDER, charge.asked, at, charge.provider, "", code)


def told_since(seen: Order, now: Order) -> bool:
    """Whether a provider has told how a payment ended, beyond what was seen."""
    before = {one.tender_no: one.money.authorised for one in domain.charges(seen.order_id, seen.tenders)}
    found = domain.charges(now.order_id, now.tenders)
    return any(one.money.declined or one.money.authorised != before[one.tender_no] for one in found)
