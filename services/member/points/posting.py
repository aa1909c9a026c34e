"""Writing transfers with what follows from them: balances and lots."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kit import access
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import ledger, store, store_lots
from services.member.points.domain import Account, Kind
from services.member.points.ledger import NO_LOT, Balance, Entry, Transfer

SWEEP_LIMIT = 500


async def post(
    tx: Tx,
    balances: Mapping[str, Balance],
    transfers: Sequence[Transfer],
    changed: Iterable[Balance] = (),
) -> None:
    """Appends transfers and brings the locked balances up to them; writes `changed` ones in any case."""
    touched = {balance.member_id: balance for balance in changed}
    for transfer in transfers:
        balance = touched[transfer.member_id] = balances[transfer.member_id]
        balance.post([transfer])
    if touched:
        await store.post(tx, transfers, touched.values(), access.current().actor)


async def activate(
    tx: Tx, now: datetime, balances: Mapping[str, Balance], keys: Sequence[tuple[str, str]], reason: str = ""
) -> None:
    """Makes pending lots spendable; a debt is paid off first."""
    transfers: list[Transfer] = []
    moved: list[tuple[str, dict[str, tuple[int, int, int]]]] = []
    for member_id, lots in (await store_lots.read(tx, keys)).items():
        debt = balances[member_id].debt
        moves: dict[str, tuple[int, int, int]] = {}
        for lot in lots:
            if not lot.pending:
                continue
            owed = min(debt, lot.pending)
            debt -= owed
            entries: tuple[Entry, ...] = ledger.activate_entries([(lot.lot_id, lot.pending)])
            if owed:
                entries += ((Account.ACTIVE, lot.lot_id, -owed), (Account.DEBT, NO_LOT, owed))
                entries = merged(entries)
            moves[lot.lot_id] = (-lot.pending, lot.pending - owed, 0)
            transfers.append(_transfer(member_id, Kind.ACTIVATE, f"activate:{lot.lot_id}", 0, now, entries, reason))
        moved.append((member_id, moves))
    await store_lots.move_many(tx, moved)
    await post(tx, balances, transfers)


async def expire(tx: Tx, now: datetime, balances: Mapping[str, Balance], keys: Sequence[tuple[str, str]]) -> None:
    """Ends lots whose time is over; an entry, never a deletion. What has ended of a lot only rises and names it."""
    transfers: list[Transfer] = []
    ended: list[tuple[str, str, int]] = []
    for member_id, lots in (await store_lots.read(tx, keys)).items():
        for lot in lots:
            if not lot.active:
                continue
            entries = ledger.out_entries([(lot.lot_id, lot.active)], Account.ACTIVE, Account.EXPIRED)
            key = f"expire:{lot.lot_id}:{lot.expired + lot.active}"
            transfers.append(_transfer(member_id, Kind.EXPIRE, key, -lot.active, now, entries))
            ended.append((member_id, lot.lot_id, lot.active))
    await store_lots.expire(tx, ended)
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


def through_issued(parts: Sequence[Entry]) -> tuple[Entry, ...]:
    """These entries, each balanced by the brand's account."""
    return merged([*parts, *((Account.ISSUED, lot_id, -amount) for _, lot_id, amount in parts)])


def _transfer(
    member_id: str, kind: Kind, key: str, points: int, now: datetime, entries: tuple[Entry, ...], reason: str = ""
) -> Transfer:
    return Transfer(member_id, uuid7(), kind, key, points, None, now, reason, "", entries)


def merged(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """One entry per (account, lot): the ledger's key."""
    sums: dict[tuple[Account, str], int] = defaultdict(int)
    for account, lot_id, amount in entries:
        sums[account, lot_id] += amount
    return tuple((account, lot_id, amount) for (account, lot_id), amount in sums.items() if amount)
