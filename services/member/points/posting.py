"""Writing transfers with what follows from them: balances, lots, tiers, and the event that tells of a tier."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kit import access, outbox
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import ledger, store, store_lots, store_sales, wire
from services.member.points.domain import Account, Kind, Program
from services.member.points.ledger import NO_LOT, Balance, Entry, Transfer
from services.member.points.store_sales import Spend

SWEEP_LIMIT = 500


async def post(
    tx: Tx, balances: Mapping[str, Balance], transfers: Sequence[Transfer], changed: Iterable[Balance] = ()
) -> None:
    """Appends transfers and brings the locked balances up to them; writes `changed` ones in any case."""
    touched = {balance.member_id: balance for balance in changed}
    for transfer in transfers:
        balance = touched[transfer.member_id] = balances[transfer.member_id]
        balance.post([transfer])
    if touched:
        await store.post(tx, transfers, touched.values(), access.current().actor)


async def activate(tx: Tx, now: datetime, balances: Mapping[str, Balance], keys: Sequence[tuple[str, str]]) -> None:
    """Makes pending lots spendable; a debt is paid off first."""
    transfers: list[Transfer] = []
    moved: list[tuple[str, dict[str, tuple[int, int, int]]]] = []
    for member_id, lots in (await store_lots.read(tx, keys)).items():
        debt = balances[member_id].debt
        moves: dict[str, tuple[int, int, int]] = {}
        for lot_id, pending, _ in lots:
            if not pending:
                continue
            owed = min(debt, pending)
            debt -= owed
            entries: tuple[Entry, ...] = ledger.activate_entries([(lot_id, pending)])
            if owed:
                entries += ((Account.ACTIVE, lot_id, -owed), (Account.DEBT, NO_LOT, owed))
                entries = merged(entries)
            moves[lot_id] = (-pending, pending - owed, 0)
            transfers.append(_transfer(member_id, Kind.ACTIVATE, f"activate:{lot_id}", 0, now, entries))
        moved.append((member_id, moves))
    await store_lots.move_many(tx, moved)
    await post(tx, balances, transfers)


async def expire(tx: Tx, now: datetime, balances: Mapping[str, Balance], keys: Sequence[tuple[str, str]]) -> None:
    """Ends lots whose time is over; an entry, never a deletion."""
    transfers: list[Transfer] = []
    for member_id, lots in (await store_lots.read(tx, keys)).items():
        parts = [(lot_id, active) for lot_id, _, active in lots if active]
        for lot_id, active in parts:
            entries = ledger.out_entries([(lot_id, active)], Account.ACTIVE, Account.EXPIRED)
            key = f"expire:{lot_id}:{now.isoformat()}"
            transfers.append(_transfer(member_id, Kind.EXPIRE, key, -active, now, entries))
        await store_lots.move(tx, member_id, {lot_id: (0, -active, 0) for lot_id, active in parts})
    await post(tx, balances, transfers)


def reversal(
    member_id: str, order_id: str, parts: Sequence[tuple[Any, int]], moment: datetime, reason: str, key: str
) -> tuple[Transfer, dict[str, tuple[int, int, int]]]:
    """Takes back points of an order's lots, given as (lot, points): pending, then active, then as a debt."""
    entries: list[Entry] = []
    moves: dict[str, tuple[int, int, int]] = {}
    total = owed = 0
    for lot, points in parts:
        pending = min(lot["pending"], points)
        active = min(lot["active"], points - pending)
        missing = points - pending - active
        moves[lot["lot_id"]] = (-pending, -active, 0)
        if pending:
            entries.append((Account.PENDING, lot["lot_id"], -pending))
        if active:
            entries.append((Account.ACTIVE, lot["lot_id"], -active))
        owed += missing
        total += points
    if owed:
        entries.append((Account.DEBT, NO_LOT, -owed))
    if total:
        entries.append((Account.ISSUED, NO_LOT, total))
    transfer = Transfer(
        member_id, uuid7(), Kind.REVERSE_EARN, key, -total, order_id, moment, reason, "", tuple(entries)
    )
    return transfer, moves


async def judge(tx: Tx, balance: Balance, program: Program, now: datetime) -> None:
    """Gives a member the tier that the spend has reached."""
    spends = await store_sales.spend(tx, [balance.member_id], program.qualifying_days)
    if raised := risen({balance.member_id: balance}, spends, program):
        await post(tx, {}, (), raised)
        await tell(tx, raised, spends, program, now)


def may_rise(balances: Iterable[Balance], program: Program) -> list[str]:
    """Members for whom there is a tier above their own."""
    return [balance.member_id for balance in balances if program.above(balance.tier)]


def risen(balances: Mapping[str, Balance], spends: Spend, program: Program) -> list[Balance]:
    """Raises members to the tier that their spend has reached; up at once, never down at a sale (features 2.2.7)."""
    raised: list[Balance] = []
    for member_id, (spend, newest) in spends.items():
        balance = balances[member_id]
        reached = program.reached(spend)
        if reached is None or program.rank(reached.tier) <= program.rank(balance.tier):
            continue
        balance.tier = reached.tier
        balance.tier_since_time = newest
        balance.tier_valid_until_time = newest + timedelta(days=reached.valid_days)
        balance.version += 1
        raised.append(balance)
    return raised


async def tell(tx: Tx, raised: Sequence[Balance], spends: Spend, program: Program, now: datetime) -> None:
    """Announces who has risen."""
    told = [wire.standing(balance, program, spends[balance.member_id][0]) for balance in raised]
    await outbox.append(tx, *(wire.changed(standing, program, now) for standing in told))


def through_issued(parts: Sequence[Entry]) -> tuple[Entry, ...]:
    """These entries, each balanced by the brand's account."""
    return merged([*parts, *((Account.ISSUED, lot_id, -amount) for _, lot_id, amount in parts)])


def _transfer(member_id: str, kind: Kind, key: str, points: int, now: datetime, entries: tuple[Entry, ...]) -> Transfer:
    return Transfer(member_id, uuid7(), kind, key, points, None, now, "", "", entries)


def merged(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """One entry per (account, lot): the ledger's key."""
    sums: dict[tuple[Account, str], int] = defaultdict(int)
    for account, lot_id, amount in entries:
        sums[account, lot_id] += amount
    return tuple((account, lot_id, amount) for (account, lot_id), amount in sums.items() if amount)
