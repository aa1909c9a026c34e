"""What a hold takes of lots of value: held for an order, spent with it, given back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kit.postgres import Tx
from services.member.points import store as members
from services.member.value import domain_taking, ledger, posting
from services.member.value import store as lots
from services.member.value.domain import MONEY, OPENERS, Account, Kind, Lot, Part, State, Use, Verb
from services.member.value.ledger import Why
from services.member.wallet import store_parts as parts
from services.member.wallet.store_parts import Return


@dataclass(frozen=True, slots=True)
class Spending:
    """What an order spent, as it says itself."""

    order_id: str
    member_id: str | None
    uses: tuple[Use, ...]
    moment: datetime
    location_id: str = ""


Thing = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """How one consequence of a return stands: of `amount` in all its parts `back` is where it came from."""

    order_id: str
    asked: Return
    amount: int
    back: int


async def hold(tx: Tx, hold_id: str, member_id: str | None, uses: Sequence[Use], now: datetime) -> None:
    """All of it or nothing; the member is locked, the lots are now."""
    if not uses:
        return
    taken = await _take(tx, member_id, uses, now)
    await parts.insert(tx, hold_id, State.HELD, rows(taken))
    moved = [(lot, amount) for lot, amount, _ in taken]
    await posting.move(tx, Verb.HOLD, moved, Account.ACTIVE, Account.HELD, Why(hold_id, now, order_id=hold_id))


async def release(tx: Tx, hold_id: str, now: datetime, reason: str) -> None:
    """What is held is the member's again."""
    freed = await parts.turn(tx, hold_id, State.RELEASED)
    if freed:
        moved = await _with_lots(tx, [(part, part.amount) for part in freed])
        why = Why(hold_id, now, reason, hold_id)
        await posting.move(tx, Verb.RELEASE, moved, Account.HELD, Account.ACTIVE, why)
        await posting.reinstate(tx, [lot for lot, _ in moved], now)


async def commit(tx: Tx, told: Spending) -> list[Part]:
    """Spends what is held for an order; a sale is a fact, so what was not held is taken, and becomes a debt at last.

    An order whose end was heard of first spends nothing.
    """
    member_id = await _lock(tx, told.member_id)
    if await parts.is_ended(tx, told.order_id):
        return []
    spent = await parts.turn(tx, told.order_id, State.SPENT, told.location_id, told.moment)
    if spent:
        moved = await _with_lots(tx, [(part, part.amount) for part in spent])
        await posting.move(tx, Verb.SPEND, moved, Account.HELD, Account.SPENT, of_order(told))
        why = replace(of_order(told), key=f"{told.order_id}:unused", reason="UNUSED")
        await _return(tx, told.order_id, _unused(spent, told.uses), why)
    await parts.commit_head(tx, told.order_id)
    await _spend_unheld(tx, replace(told, member_id=member_id))
    return spent


async def spend_now(tx: Tx, hold_id: str, member_id: str, use: Use, now: datetime, location_id: str) -> None:
    """Without an order: over the counter. The member is locked."""
    taken = await _take(tx, member_id, [use], now)
    await parts.insert(tx, hold_id, State.SPENT, rows(taken), location_id, now)
    moved = [(lot, amount) for lot, amount, _ in taken]
    why = Why(hold_id, now, "COUNTER", location_id=location_id)
    await posting.move(tx, Verb.SPEND, moved, Account.ACTIVE, Account.SPENT, why)


async def cancel(tx: Tx, order_id: str, moment: datetime, reason: str) -> None:
    """An order ended: all comes back that comes back at all, and what it owed is owed no more."""
    await parts.end_order(tx, order_id, moment)
    await release(tx, order_id, moment, reason)
    left = [part for part in await parts.find(tx, order_id) if part.state is State.SPENT and part.left]
    locked = await lots.lock(tx, [part.lot_id for part in left])
    back = [(part, part.left) for part in left if part.kind not in OPENERS or locked[part.lot_id].terms.restores]
    await _return(tx, order_id, back, Why(order_id, moment, reason, order_id))
    await _forgive(tx, order_id, moment, reason)


async def settle(tx: Tx, order_id: str) -> list[Answer]:
    """Gives back what is waiting for it, once the order is known to have spent something."""
    answers: list[Answer] = []
    for asked in await parts.open_returns(tx, order_id):
        mine = [
            part
            for part in await parts.find(tx, order_id)
            if part.state is State.SPENT and part.kind is asked.kind and asked.ref in ("", part.lot_id)
        ]
        owing = [lot for lot in await lots.of_source(tx, order_id) if lot.terms.name == f"DEBT_{asked.kind.name}"]
        if not mine and not owing:
            continue
        locked = await lots.lock(tx, [part.lot_id for part in mine])
        open_ = [p for p in mine if p.kind not in OPENERS or locked[p.lot_id].terms.restores]
        back = domain_taking.backward(open_, asked.amount)
        why = Why(f"{order_id}:{asked.key}:{asked.ref}", asked.moment, "RETURNED", order_id)
        await _return(tx, order_id, back, why)
        done = sum(amount for _, amount in back)
        done += await _pay_back(tx, owing, asked.amount - done, why)
        await parts.settled(tx, order_id, asked, done)
        if asked.refund_id:  # whoever asks hears of all parts together
            answers.append(Answer(order_id, asked, *await parts.of_refund(tx, order_id, asked)))
    return answers


async def _take(tx: Tx, member_id: str | None, uses: Sequence[Use], now: datetime) -> list[domain_taking.Taken]:
    creditor = member_id if any(use.kind is Kind.CREDIT for use in uses) else None
    offered = await lots.offered(tx, [use.ref for use in uses if use.ref], [creditor] if creditor else [])
    return domain_taking.take_all(uses, offered, member_id, now)


async def _spend_unheld(tx: Tx, told: Spending) -> None:
    """What the order says that it spent, beyond what was held for it."""
    known = await parts.find(tx, told.order_id)
    for use in _missing(told.uses, [part for part in known if part.state is State.SPENT]):
        why = replace(of_order(told), key=f"{told.order_id}:{use.ref}:unheld", reason="HOLD_MISSING")
        if await lots.happened(tx, [f"spend:{use.kind.name.lower()}:{why.key}"]):
            continue
        taken = await _as_far_as(tx, told.member_id, use, told.moment)
        got = sum(amount for _, amount, _ in taken)
        if taken:
            await parts.insert(tx, told.order_id, State.SPENT, rows(taken), told.location_id, told.moment)
            moved = [(lot, amount) for lot, amount, _ in taken]
            await posting.move(tx, Verb.SPEND, moved, Account.ACTIVE, Account.SPENT, why)
        if got < use.takes:
            rest = replace(why, key=why.key if not taken else f"{why.key}:rest")
            await posting.owe(tx, told.member_id, use.kind, use.takes - got, rest)


async def _as_far_as(tx: Tx, member_id: str | None, use: Use, now: datetime) -> list[domain_taking.Taken]:
    """What can be taken for a use that happened already."""
    creditors = [member_id] if member_id and use.kind is Kind.CREDIT else []
    offered = await lots.offered(tx, [use.ref] if use.ref else [], creditors)
    usable = [lot for lot in offered if lot.kind is use.kind and lot.usable(now) and lot.member_id in (None, member_id)]
    most = min(use.takes, sum(lot.active for lot in usable))
    return [(lot, amount, use) for lot, amount in domain_taking.draw(usable, most, now)]


def _missing(uses: Sequence[Use], spent: Sequence[Part]) -> list[Use]:
    """Uses, or as much of them, that no part stands for."""
    missing = []
    for use in uses:
        had = sum(part.amount for part in spent if part.kind is use.kind and use.ref in ("", part.lot_id))
        if had < use.takes:
            left = use.takes - had
            missing.append(replace(use, amount=left if use.kind in MONEY else 0, quantity=left))
    return missing


def _unused(spent: Sequence[Part], uses: Sequence[Use]) -> list[tuple[Part, int]]:
    """What was held beyond what the order says that it used: a till may hold more than its sale takes."""
    back: list[tuple[Part, int]] = []
    for key in sorted({thing(part.kind, part.lot_id) for part in spent}):
        group = [part for part in spent if thing(part.kind, part.lot_id) == key]
        told = sum(use.takes for use in uses if thing(use.kind, use.ref) == key)
        back += domain_taking.backward(group, max(sum(part.amount for part in group) - told, 0))
    return back


def thing(kind: Kind, ref: str) -> Thing:
    """What a use and a part have in common: credit is one thing, everything else its lot."""
    return kind, "" if kind is Kind.CREDIT else ref


async def _return(tx: Tx, order_id: str, back: Sequence[tuple[Part, int]], why: Why) -> None:
    """From spent into the lots that it came from, which live on for it."""
    if not back:
        return
    moved = await _with_lots(tx, back)
    if await posting.move(tx, Verb.GIVE_BACK, moved, Account.SPENT, Account.ACTIVE, why):
        await parts.given_back(tx, order_id, [(part.lot_id, amount) for part, amount in back])
        await posting.reinstate(tx, [lot for lot, _ in moved], why.moment)


async def _forgive(tx: Tx, order_id: str, moment: datetime, reason: str) -> None:
    """What the order spent and was never there."""
    for lot in await lots.of_source(tx, order_id):
        if lot.spent and not lot.issued:
            why = Why(f"{order_id}:{lot.lot_id}", moment, reason, order_id)
            await _pay_back(tx, [lot], lot.spent, why)


async def _pay_back(tx: Tx, owing: Sequence[Lot], amount: int, why: Why) -> int:
    """Off the debt first; what newer credit has paid off by now comes back as credit."""
    done = 0
    for lot in owing:
        part = min(lot.spent, amount - done)
        off = min(part, lot.owed)
        entries = [(lot.lot_id, Account.SPENT, -part), (lot.lot_id, Account.DEBT, off)]
        if part > off:
            entries += [(lot.lot_id, Account.VOID, part - off)]
        if part:
            here = replace(why, key=f"{why.key}:{lot.lot_id}")
            await posting.post(tx, [ledger.transfer(Verb.GIVE_BACK, lot.kind, lot.member_id, off, entries, here)])
            if part > off and lot.member_id:
                await posting.credit(tx, lot.member_id, part - off, None, replace(here, reason="DEBT_RETURNED"))
        done += part
    return done


async def _with_lots(tx: Tx, given: Sequence[tuple[Part, int]]) -> list[tuple[Lot, int]]:
    locked = await lots.lock(tx, [part.lot_id for part, _ in given])
    return [(locked[part.lot_id], amount) for part, amount in given]


async def _lock(tx: Tx, member_id: str | None) -> str | None:
    if member_id is None:
        return None
    return (await members.lock_meant(tx, [member_id]))[0][member_id]


def rows(taken: Sequence[domain_taking.Taken]) -> list[tuple[str, Kind, int, int]]:
    """What was taken as parts of a hold, one for each lot: (lot, kind, amount, line)."""
    found: dict[str, tuple[str, Kind, int, int]] = {}
    for lot, amount, use in taken:
        before = found[lot.lot_id][2] if lot.lot_id in found else 0
        found[lot.lot_id] = (lot.lot_id, lot.kind, before + amount, use.line_no)
    return list(found.values())


def of_order(told: Spending) -> Why:
    """What a transfer of an order's spending belongs to."""
    return Why(told.order_id, told.moment, "", told.order_id, told.location_id)
