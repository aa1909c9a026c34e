"""Points of somebody who was forgotten: they end, or are another's by proof; a move, never a deletion."""

from collections.abc import Sequence
from datetime import datetime

from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import joining, posting, store, store_joining, store_lots
from services.member.points.domain import Account, Kind
from services.member.points.ledger import NO_LOT, Entry, Transfer

FORFEITED = "FORFEITED"


async def forfeit(tx: Tx, member_ids: Sequence[str], now: datetime) -> int:
    """What is pending or active ends, what is owed is written off; how many members had any. Told again: none."""
    balances = await store.lock(tx, await store_joining.with_balance(tx, member_ids))
    for member_id, balance in sorted(balances.items()):
        lots = [lot for lot in await store_joining.lots(tx, member_id) if lot.pending or lot.active]
        entries: list[Entry] = []
        for lot in lots:
            entries += [(Account.PENDING, lot.lot_id, -lot.pending), (Account.ACTIVE, lot.lot_id, -lot.active)]
        ended = sum(lot.pending + lot.active for lot in lots)
        entries += [(Account.EXPIRED, NO_LOT, ended), (Account.DEBT, NO_LOT, balance.debt)]
        entries.append((Account.ISSUED, NO_LOT, -balance.debt))
        await store_lots.move(tx, member_id, {lot.lot_id: (-lot.pending, 0, 0) for lot in lots})
        await store_lots.expire(tx, [(member_id, lot.lot_id, lot.active) for lot in lots])
        shown, key = balance.debt - ended, f"forfeit:{now.isoformat()}"
        moved = Transfer(member_id, uuid7(), Kind.EXPIRE, key, shown, None, now, FORFEITED, "", posting.merged(entries))
        await posting.post(tx, balances, [moved])
    return len(balances)


async def hand_on(tx: Tx, member_ids: Sequence[str], taker_id: str, now: datetime) -> int:
    """Lots move with their own dates; how many. What is owed stays behind."""
    meant, _ = await store.lock_meant(tx, [taker_id])
    found = 0
    for member_id in await store_joining.with_balance(tx, member_ids):
        balances = await store.lock(tx, [member_id, meant[taker_id]])
        lots = [lot for lot in await store_joining.lots(tx, member_id) if lot.pending or lot.active]
        await store_joining.give(tx, member_id, meant[taker_id], [lot.lot_id for lot in lots], [], [])
        parts = joining.in_lots(lots)
        shown, key = sum(lot.pending + lot.active for lot in lots), f"claim:{member_id}"
        await joining.move(tx, balances[member_id], balances[meant[taker_id]], parts, key, shown, now)
        found += len(lots)
    return found
