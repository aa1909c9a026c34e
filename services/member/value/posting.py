"""Moves value between the accounts of its lots: issue, hold, release, spend, give back, expire."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from kit import access, schedules
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.value import domain, domain_taking, ledger, store
from services.member.value.domain import NO_SOURCE, Account, Kind, Lot, Terms, Verb
from services.member.value.ledger import Transfer, Why

SWEEP = "value.sweep"


async def post(tx: Tx, transfers: Sequence[Transfer]) -> int:
    """Appends what has not happened yet."""
    return await store.post(tx, transfers, access.current().actor) if transfers else 0


async def issue(tx: Tx, lots: Sequence[tuple[Lot, int]], why: Why) -> None:
    """Gives lots what is in them; each is a transfer of its own, by its lot."""
    await store.issue(tx, [lot for lot, _ in lots])
    moved = [
        one
        for lot, amount in lots
        for one in ledger.move(
            Verb.ISSUE,
            lot.member_id,
            [(lot, amount)],
            Account.ISSUED,
            Account.ACTIVE,
            replace(why, key=f"{why.key}:{lot.lot_id}"),
        )
    ]
    await post(tx, moved)
    await schedule(tx, (lot.expire_time for lot, _ in lots if lot.expire_time))
    await pay_off(tx, [lot for lot, _ in lots if lot.kind is Kind.CREDIT], why.moment)


async def credit(
    tx: Tx, member_id: str, amount: int, ends: datetime | None, why: Why, lot_id: str | None = None
) -> Lot:
    """A piece of shopping credit for a member."""
    lot = new(lot_id or uuid7(), member_id, Kind.CREDIT, NO_SOURCE, why.moment, ends, Terms(name=why.reason))
    await issue(tx, [(lot, amount)], why)
    return lot


def new(
    lot_id: str,
    member_id: str | None,
    kind: Kind,
    source_id: str,
    now: datetime,
    ends: datetime | None,
    terms: Terms,
    begins: datetime | None = None,
) -> Lot:
    """An empty lot."""
    return Lot(lot_id, member_id, kind, source_id, 0, 0, 0, 0, 0, now, begins or now, ends, terms)


async def pay_off(tx: Tx, fresh: Sequence[Lot], moment: datetime) -> None:
    """New credit pays first what its member owes."""
    for lot in fresh:
        owing = await store.debts(tx, lot.member_id) if lot.member_id else []
        left = (await store.lock(tx, [lot.lot_id]))[lot.lot_id].active if owing else 0
        for debt in owing:
            paid = min(debt.owed, left)
            left -= paid
            if not paid:
                break
            entries = ((lot.lot_id, Account.ACTIVE, -paid), (debt.lot_id, Account.DEBT, paid))
            why = Why(f"{lot.lot_id}:{debt.lot_id}", moment, "DEBT")
            await post(tx, [ledger.transfer(Verb.PAY_OFF, Kind.CREDIT, lot.member_id, -paid, entries, why)])


async def owe(tx: Tx, member_id: str | None, kind: Kind, amount: int, why: Why) -> None:
    """An order spent something that was not there: a debt, so that it is not forgotten; money is owed as credit."""
    source = why.order_id or NO_SOURCE
    of = Kind.CREDIT if kind in domain.MONEY else kind
    lot = new(uuid7(), member_id, of, source, why.moment, None, Terms(name=f"DEBT_{kind.name}"))
    await store.issue(tx, [lot])
    entries = ((lot.lot_id, Account.DEBT, -amount), (lot.lot_id, Account.SPENT, amount))
    await post(tx, [ledger.transfer(Verb.SPEND, kind, member_id, -amount, entries, why)])


async def move(tx: Tx, verb: Verb, parts: Sequence[tuple[Lot, int]], source: Account, target: Account, why: Why) -> int:
    """Each part from one account of its lot to another; how many transfers had not happened before."""
    return await post(tx, ledger.moves(verb, parts, source, target, why))


async def reinstate(tx: Tx, lots: Iterable[Lot], now: datetime) -> None:
    """Lots that something came back into can be spent a while longer."""
    ends = {lot.lot_id: domain_taking.reinstated(lot, now) for lot in lots}
    later = {lot_id: end for lot_id, end in ends.items() if end is not None}
    await store.extend(tx, later)
    await schedule(tx, later.values())


async def expire(tx: Tx, lots: Sequence[Lot], now: datetime) -> None:
    """Ends what can still be spent of lots whose time is over."""
    for lot in lots:
        why = Why(f"{lot.lot_id}:{now.isoformat()}", now, "EXPIRED")
        await move(tx, Verb.EXPIRE, [(lot, lot.active)], Account.ACTIVE, Account.EXPIRED, why)


async def schedule(tx: Tx, ends: Iterable[datetime]) -> None:
    """Has the sweep come when lots end."""
    moments = sorted(set(ends))
    await schedules.schedule_many(tx, SWEEP, [(moment.isoformat(), moment, b"") for moment in moments])
