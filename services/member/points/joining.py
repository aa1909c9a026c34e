"""Points, counted spend and tier of two members who turn out to be one, and of one who turns out to be two."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting
from services.member.points import joining_tiers, posting, store, store_joining
from services.member.points.domain import Account, Kind
from services.member.points.ledger import NO_LOT, Balance, Entry, Transfer
from services.member.points.store_joining import LotLeft
from services.member.tiers import deciding
from services.member.tiers.domain import Rules

_SUMS = (Account.SPENT, Account.EXPIRED, Account.DEBT)


class PointsPart:
    """Lots move one by one with their own dates, by a pair of TRANSFER transfers; both histories stay."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """What lots hold, what counts toward the tier, and whose tier is higher."""
        mine, theirs = await store.balance(tx, survivor_id), await store.balance(tx, absorbed_id)
        lots = await store_joining.lots(tx, absorbed_id)
        spend = await store_joining.qualifying(tx, absorbed_id)
        program = await store.program(tx)
        gains = [
            Gain("POINTS_PENDING", sum(lot.pending > 0 for lot in lots), theirs.pending),
            Gain("POINTS_ACTIVE", sum(lot.active > 0 for lot in lots), theirs.active),
            Gain("POINTS_HELD", sum(lot.held > 0 for lot in lots), theirs.held),
            Gain("POINTS_DEBT", int(theirs.debt > 0), theirs.debt),
            Gain("QUALIFYING_SPEND", len(spend), sum(spend.values())),
        ]
        if theirs.tier or mine.tier:
            rules = Rules(program, self._zone)
            higher = joining_tiers.higher(rules, deciding.state(mine), deciding.state(theirs), self._clock())
            both = mine.tier and theirs.tier and mine.tier != theirs.tier
            gains.append(Gain("TIER", 1, conflict="TIER_DIFFERS" if both else "", label=higher.tier))
        return [gain for gain in gains if gain.count]

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Re-owns every lot and every sum, also what is held, spent or owed; then judges the tier on the union."""
        balances = await store.lock(tx, [merge.survivor_id, merge.absorbed_id])
        survivor, absorbed = balances[merge.survivor_id], balances[merge.absorbed_id]
        lots = await store_joining.lots(tx, absorbed.member_id)
        counted = await store_joining.qualifying(tx, absorbed.member_id)
        holds = await store_joining.holds(tx, absorbed.member_id)
        orders = await store_joining.orders(tx, [absorbed.member_id])
        lot_ids = [lot.lot_id for lot in lots]
        await store_moves.note_all(tx, merge.merge_id, "points_lot", lot_ids)
        await store_moves.note_all(tx, merge.merge_id, "points_hold", holds)
        await store_moves.note_all(tx, merge.merge_id, "points_order", orders)
        await store_moves.note_all(tx, merge.merge_id, "points_qualifying", list(counted))
        before = await self._since(tx, survivor.member_id, orders, holds, lot_ids)
        noted = {absorbed.member_id: _noted(absorbed, before), survivor.member_id: _noted(survivor, Counter())}
        await store_moves.note(tx, merge.merge_id, "points_balance", noted)
        await store_joining.give(tx, absorbed.member_id, survivor.member_id, lot_ids, list(counted), holds)
        parts = [*in_lots(lots), *_sums(absorbed.spent, absorbed.expired, absorbed.debt)]
        shown = absorbed.pending + absorbed.active + absorbed.held - absorbed.debt
        await move(tx, absorbed, survivor, parts, f"merge:{merge.merge_id}", shown, merge.business_time)
        await joining_tiers.give_date(tx, merge)
        await joining_tiers.keep(tx, survivor, absorbed, self._zone, self._clock())

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """Gives back the lots that came along, with what is left in them, and what his own orders have done since."""
        balances = await store.lock(tx, [merge.survivor_id, merge.absorbed_id])
        survivor, absorbed = balances[merge.survivor_id], balances[merge.absorbed_id]
        noted = await store_moves.of(tx, merge.merge_id, "points_balance")
        lot_ids = list(await store_moves.of(tx, merge.merge_id, "points_lot"))
        holds = list(await store_moves.of(tx, merge.merge_id, "points_hold"))
        orders = sorted({*await store_moves.of(tx, merge.merge_id, "points_order"), *parting.order_ids})
        lots = await store_joining.lots_back(tx, survivor.member_id, lot_ids, parting.order_ids)
        counted = {*await store_moves.of(tx, merge.merge_id, "points_qualifying"), *parting.order_ids}
        back = [lot.lot_id for lot in lots]
        entries, left = await self._stay_behind(tx, survivor.member_id, lots, holds)
        await store_joining.give(tx, survivor.member_id, absorbed.member_id, back, sorted(counted), holds)
        sums = await self._since(tx, survivor.member_id, orders, holds, back)
        had = noted[absorbed.member_id]
        sums.subtract({account: had["before"].get(str(int(account)), 0) for account in _SUMS})
        owed = min(max(had["debt"] - sums[Account.DEBT], 0), survivor.debt)
        spent, expired = had["spent"] + sums[Account.SPENT], had["expired"] + sums[Account.EXPIRED]
        parts = [*in_lots(left), *_sums(spent, expired, owed)]
        shown = sum(lot.pending + lot.active + lot.held for lot in left) - owed
        key, now = f"unmerge:{merge.merge_id}", parting.business_time
        await move(tx, survivor, absorbed, parts, key, shown, now, staying=entries)
        await joining_tiers.date_back(tx, merge)
        await joining_tiers.give_back(tx, survivor, absorbed, noted, self._zone, self._clock())

    async def _stay_behind(
        self, tx: Tx, member_id: str, lots: Sequence[LotLeft], hold_ids: Sequence[str]
    ) -> tuple[tuple[Entry, ...], list[LotLeft]]:
        """Points that the survivor's own orders took from lots that go back stay with him, in doubles of those lots."""
        by_id = {lot.lot_id: lot for lot in lots}
        held, users = Counter[str](), defaultdict[str, list[str]](list)
        for hold in await store_joining.staying(tx, member_id, list(by_id), hold_ids):
            for lot_id, points in zip(hold["lot_ids"], hold["lot_points"], strict=True):
                if lot_id in by_id:
                    users[lot_id].append(hold["hold_id"])
                    held[lot_id] += points if hold["state"] == 1 else 0
        entries: list[Entry] = []
        for lot_id, hold_ids_of in sorted(users.items()):
            double_id, stays = uuid7(), held[lot_id]
            await store_joining.double(tx, member_id, lot_id, double_id, stays, hold_ids_of)
            lot = by_id[lot_id]
            by_id[lot_id] = LotLeft(lot_id, lot.pending, lot.active, lot.held - stays)
            await store_joining.set_held(tx, member_id, lot_id, lot.held - stays)
            if stays:
                entries += [(Account.HELD, lot_id, -stays), (Account.HELD, double_id, stays)]
        return tuple(entries), list(by_id.values())

    async def _since(
        self, tx: Tx, member_id: str, orders: Sequence[str], holds: Sequence[str], lot_ids: Sequence[str]
    ) -> Counter[int]:
        """What these orders and lots have done to the survivor's sums until now."""
        found = Counter[int]()
        found.update(await store_joining.sums_of_orders(tx, member_id, orders, holds))
        found.update(await store_joining.sums_of_lots(tx, member_id, lot_ids))
        return found


async def move(
    tx: Tx,
    giver: Balance,
    taker: Balance,
    parts: Sequence[Entry],
    key: str,
    shown: int,
    moment: datetime,
    staying: tuple[Entry, ...] = (),
) -> None:
    """Takes entries out of one member's accounts and into another's, each side balanced by the brand's account."""
    into = posting.through_issued(parts)
    out = posting.merged((*((account, lot_id, -amount) for account, lot_id, amount in into), *staying))
    if not into and not out:
        return
    gone = Transfer(giver.member_id, uuid7(), Kind.TRANSFER, key, -shown, None, moment, "", "", out)
    come = Transfer(taker.member_id, uuid7(), Kind.TRANSFER, key, shown, None, moment, "", "", into)
    await posting.post(tx, {giver.member_id: giver, taker.member_id: taker}, [gone, come])


def in_lots(lots: Sequence[LotLeft]) -> list[Entry]:
    """What lots hold, as entries."""
    return [
        (account, lot.lot_id, amount)
        for lot in lots
        for account, amount in (
            (Account.PENDING, lot.pending),
            (Account.ACTIVE, lot.active),
            (Account.HELD, lot.held),
        )
    ]


def _sums(spent: int, expired: int, debt: int) -> list[Entry]:
    return [(Account.SPENT, NO_LOT, spent), (Account.EXPIRED, NO_LOT, expired), (Account.DEBT, NO_LOT, -debt)]


def _noted(balance: Balance, before: Counter[int]) -> dict[str, Any]:
    """A member's sums and tier as they were, in plain words of JSON."""
    return {
        "spent": balance.spent,
        "expired": balance.expired,
        "debt": balance.debt,
        **joining_tiers.noted(balance),
        "before": {str(int(account)): amount for account, amount in before.items()},
    }
