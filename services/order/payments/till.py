"""Takes and gives money at tills for orders that were not sold there."""

from dataclasses import dataclass
from datetime import datetime

from kit import access, fields, pan, timers
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Tx
from services.order.checkout import domain_numbers, store_reads, store_saga
from services.order.checkout.domain import Entry, Order, State, TenderEntry
from services.order.checkout.domain_tenders import Movement
from services.order.payments import domain, store
from services.order.payments.domain import COUNTER, Charge, TenderNotDue
from services.order.payments.usecases import GIVE_BACK, LET_GO, NEVER_COME, as_asked

KINDS = ("CASH", "CARD_PRESENT", "OTHER")
_LONGEST = 64
_AT_TILLS = frozenset({Entry.RECEIVED, Entry.GIVEN})


@dataclass(frozen=True, slots=True)
class Cash:
    """Money that changes hands at a till."""

    amount: int
    reference: str = ""
    kind: str = "CASH"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is between an order and the tills."""

    order: Order
    charges: tuple[Charge, ...]
    movements: tuple[Movement, ...] = ()
    """What tills did, oldest first."""

    @property
    def to_take(self) -> int:
        """Before anything is handed over."""
        return sum(one.unpaid for one in self.charges) if self.order.state is State.CONFIRMED else 0

    @property
    def to_give(self) -> int:
        """Received for what nobody hands over any more."""
        return sum(
            one.money.drawn - one.money.captured
            for one in self.charges
            if one.money.voided or self.order.state is State.CANCELLED
        )


class Till:
    """A small port: whoever has a till in front of him calls it in a transaction of his own.

    `key` tells one taking from another: the same key again is the same money.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def look(self, tx: Tx, name: str) -> Outstanding:
        """By the order's id or number; to those who may see the order."""
        number = domain_numbers.read(name)
        found = await store_reads.by_number(tx, number) if number else [fields.identifier("order_id", name)]
        for order_id in found:
            if await store_reads.visible(tx, order_id, access.current()):
                return await self.of(tx, order_id)
        raise NotYours("no such order", field="order_id", order_id=name)

    async def of(self, tx: Tx, order_id: str) -> Outstanding:
        """What is between this order and the tills."""
        (order,) = await store_reads.orders(tx, [order_id])
        charges = domain.charges(order_id, order.tenders)
        moved = [one for one in await store.movements(tx, order_id) if one.entry.entry in _AT_TILLS]
        return Outstanding(order, tuple(one for one in charges if one.provider == COUNTER), tuple(moved))

    async def take(self, tx: Tx, order_id: str, key: str, cash: Cash) -> Outstanding:
        """Money that a till received for the order."""
        if cash.kind not in KINDS:
            raise invalid("kind", f"must be one of {', '.join(KINDS)}")
        held = await self._locked(tx, order_id)
        if _known(held.order, Entry.RECEIVED, key):
            return held
        if not 0 < cash.amount <= held.to_take:
            raise TenderNotDue("no till is to receive that", order_id=order_id, amount=held.to_take)
        return await self._note(tx, held, Entry.RECEIVED, key, cash)

    async def give(self, tx: Tx, order_id: str, key: str, cash: Cash) -> Outstanding:
        """Money that a till gave back: as what it was received."""
        held = await self._locked(tx, order_id)
        if _known(held.order, Entry.GIVEN, key):
            return held
        if not 0 < cash.amount <= held.to_give:
            raise TenderNotDue("no till is to give that back", order_id=order_id, amount=held.to_give)
        kind = domain.kind_of(held.order.tenders, held.charges[0].tender_no)
        after = await self._note(tx, held, Entry.GIVEN, key, Cash(cash.amount, cash.reference, kind))
        if not after.to_give:  # whoever waited for it goes on
            ended = held.order.state is State.CANCELLED
            await timers.schedule(tx, GIVE_BACK if ended else LET_GO, order_id, self._clock(), as_asked())
        return after

    async def _locked(self, tx: Tx, order_id: str) -> Outstanding:
        await store_saga.lock(tx, order_id)
        return await self.of(tx, order_id)

    async def _note(self, tx: Tx, held: Outstanding, entry: Entry, key: str, cash: Cash) -> Outstanding:
        if len(cash.reference) > _LONGEST:
            raise invalid("reference", f"must have at most {_LONGEST} characters")
        pan.refuse("reference", cash.reference)
        note = _entry(held.charges[0], entry, key, cash, self._clock())
        reason = (held.order.reason or NEVER_COME) if entry is Entry.GIVEN else ""
        await store.add(tx, held.order.order_id, note, access.current().actor, reason)
        return await self.of(tx, held.order.order_id)


def _entry(charge: Charge, entry: Entry, key: str, cash: Cash, at: datetime) -> TenderEntry:
    return TenderEntry(charge.tender_no, entry, cash.kind, cash.amount, at, COUNTER, cash.reference, "", key)


def _known(order: Order, entry: Entry, key: str) -> bool:
    return any(one.entry is entry and one.key == key for one in order.tenders)
