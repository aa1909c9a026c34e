"""Earning points from sales, activating them after handover, and taking them back: one code path over many orders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kit import access, schedules
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import (
    domain,
    earning,
    ledger,
    posting,
    restoring,
    store,
    store_joining,
    store_lots,
    store_sales,
    store_units,
    units,
)
from services.member.points.domain import CancelledRun, HandedRun, Kind, Program, Sale
from services.member.points.ledger import Balance, NewLot, Transfer
from services.member.points.store_sales import Counting, Heard
from services.member.tiers import deciding, falling
from services.member.tiers.deciding import Sold
from services.member.tiers.domain_counting import NOTHING, Sum

SWEEP = restoring.SWEEP


class Points:
    """What members have earned."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self.clock = self._clock = clock
        self.zone = self._zone = zone

    async def earn(self, tx: Tx, sales: Sequence[Sale]) -> dict[str, str]:
        """Posts what these orders earned and counts them toward tiers, once each.

        Answers those of them whose units were heard of before, with their members.
        """
        meant, balances = await store.lock_meant(tx, (sale.member_id for sale in sales))
        program = await store.program(tx)
        known = await store_sales.heard(tx, [sale.order_id for sale in sales])
        standing = {sale.order_id: sale for sale in sales if _is_new(known[sale.order_id])}
        others = [(one.order_id, one.member_id) for one in standing.values() if meant[one.member_id] != one.member_id]
        await store_joining.name(tx, others)
        early = {order_id: meant[sale.member_id] for order_id, sale in standing.items() if known[order_id].early}
        posted = await earning.open_all(tx, list(standing.values()), meant, balances, program, self._zone)
        await store_lots.insert(tx, posted.lots)
        await self._schedule(tx, posted.lots)
        counting = [await _net(tx, one, known[one.order_id]) for one in posted.counting]
        sold = _sold(counting, balances)
        rising = [one.balance.member_id for one in sold if program.above(one.balance.tier)]
        most = await store_sales.qualify(tx, counting, rising, program, self._zone.key)
        now = self._clock()
        decisions = await deciding.after_sales(tx, sold, most, program, self._zone, now)
        await posting.post(tx, balances, posted.transfers, [one.balance for one in sold])
        await deciding.tell(tx, decisions, program, self._zone, now)
        due = [lot for lot in posted.lots if lot.pending and lot.activate_time and lot.activate_time <= now]
        if due:
            await posting.activate(tx, now, balances, [(lot.member_id, lot.lot_id) for lot in due])
        await self._follow(tx, sorted(early), program)
        return early

    async def hand_over(self, tx: Tx, runs: Sequence[HandedRun]) -> None:
        """Notes that units were handed over; lots of which none is awaited get a date, whichever came first.

        Their members are locked by now, for the reason that `undo` has.
        """
        await store_units.hand_over(tx, runs)
        await self._follow(tx, sorted({run.order_id for run in runs}), await store.program(tx))

    async def cancel_units(self, tx: Tx, runs: Sequence[CancelledRun], members: Mapping[str, str]) -> None:
        """Takes back what units earned that nobody will hand over, and their spend from the tier's count.

        `members` says whose each order is; they are locked by now, for the reason that `undo` has.
        """
        fresh = await store_units.cancel(tx, runs)
        order_ids = sorted({run.order_id for run in fresh})
        taken = [
            (members[run.order_id], run.order_id, run.line_no, run.net, run.points_returned)
            for run in fresh
            if run.order_id in members
        ]
        await store_sales.take(tx, taken)
        program = await store.program(tx)
        points = await self._follow(tx, order_ids, program)
        sums: dict[str, Sum] = defaultdict(lambda: NOTHING)
        for member_id, _, _, net, _ in taken:
            sums[member_id] += Sum(spend=net)
        for order_id in {order_id for _, order_id, *_ in taken}:
            sums[members[order_id]] += Sum(orders=1, points=points.get(order_id, 0))
        await falling.fall(tx, await store.lock(tx, sums), sums, program, self._zone, self._clock())

    async def sweep(self, tx: Tx, _dues: Sequence[object]) -> None:
        """Activates and expires what is due by now; runs when a day of activation or expiry has come."""
        now = self._clock()
        activating = await store_lots.activating(tx, now, posting.SWEEP_LIMIT)
        expiring = await store_lots.expiring(tx, now, posting.SWEEP_LIMIT)
        balances = await store.lock(tx, (member_id for member_id, _ in (*activating, *expiring)))
        await self._activate(tx, now, balances, activating)
        # what has become active only now may have ended by now too
        ended = await store_lots.expiring_of(tx, now, sorted({*activating, *expiring}))
        await posting.expire(tx, now, balances, ended)
        if posting.SWEEP_LIMIT in (len(activating), len(expiring)):
            await schedules.schedule(tx, SWEEP, f"{now.isoformat()}+", now)

    async def lock(self, tx: Tx, member_ids: Iterable[str]) -> Mapping[str, str]:
        """Locks members, as earning does before it looks; gives whom each id means."""
        return (await store.lock_meant(tx, member_ids))[0]

    async def undo(self, tx: Tx, order_id: str, meant: str | None, moment: datetime) -> None:
        """Takes back what an order earned, and its spend from the tier's count; also before it was heard of.

        The order's member is locked by now: a confirmation at work elsewhere
        has seen the cancellation, or is seen by it.
        """
        if not await store_lots.cancel(tx, order_id, moment):
            return
        rows = await store_lots.of_orders(tx, [order_id])
        balances = await store.lock(tx, {row["member_id"] for row in rows} | ({meant} if meant else set()))
        rows = await store_lots.of_orders(tx, [order_id])
        for member_id, balance in balances.items():
            own = [row for row in rows if row["member_id"] == member_id]
            if not own:
                continue
            parts = [(row, row["points"] - row["taken"]) for row in own]
            key = f"reverse:{order_id}"
            transfer, moves = posting.reversal(member_id, order_id, parts, moment, "ORDER_CANCELLED", key)
            await store_lots.move(tx, member_id, moves)
            await posting.post(tx, {member_id: balance}, [transfer])
            await store_units.take(tx, [(member_id, row["lot_id"], points, 0) for row, points in parts])
        taken = {member_id: await store_sales.unqualify(tx, member_id, order_id) for member_id in balances}
        await falling.fall(tx, balances, taken, await store.program(tx), self._zone, self._clock())

    async def adjust(self, tx: Tx, member_id: str, points: int, reason: str, request_id: str) -> Balance:
        """Gives or takes points by hand; what is given pays off a debt first."""
        now = self._clock()
        meant, balances = await store.lock_meant(tx, [member_id])
        member_id = meant[member_id]
        program = await store.program(tx)
        if points > 0:
            entries = await self._give(tx, balances[member_id], points, now, program)
        else:
            parts = domain.take(await store_lots.spendable(tx, member_id, now), -points)
            await store_lots.move(tx, member_id, {lot_id: (0, -part, 0) for lot_id, part in parts})
            entries = ledger.out_entries(parts, domain.Account.ACTIVE, domain.Account.ISSUED)
        key = f"adjust:{access.current().actor.encode()}:{request_id}"
        transfer = Transfer(
            member_id, uuid7(), Kind.ADJUST, key, points, None, now, reason, program.rule_version, entries
        )
        await posting.post(tx, balances, [transfer])
        return balances[member_id]

    async def activate_lot(self, tx: Tx, member_id: str, lot_id: str, reason: str) -> Balance:
        """Makes what is pending in a lot spendable before its time; raises LotUnknown."""
        balances = await store.lock(tx, [member_id])
        found = await store_lots.read(tx, [(member_id, lot_id)])
        if not any(lot.pending for lots in found.values() for lot in lots):
            raise domain.LotUnknown("nothing of that lot is pending", lot_id=lot_id, field="lot_id")
        await posting.activate(tx, self._clock(), balances, [(member_id, lot_id)], reason)
        return balances[member_id]

    async def _give(self, tx: Tx, balance: Balance, points: int, now: datetime, program: Program) -> ledger.Entries:
        owed = min(balance.debt, points)
        expire = domain.expiry(now, program, self._zone)
        entries: list[ledger.Entry] = [(domain.Account.ISSUED, ledger.NO_LOT, -points)]
        if owed:
            entries.append((domain.Account.DEBT, ledger.NO_LOT, owed))
        if points > owed:
            rest = points - owed
            who, rule = balance.member_id, program.rule_version
            lot = NewLot(who, uuid7(), None, [], [], rest, now, now, expire, rule, active=rest)
            await store_lots.insert(tx, [lot])
            await self._schedule(tx, [lot])
            entries.append((domain.Account.ACTIVE, lot.lot_id, rest))
        return tuple(entries)

    async def _follow(self, tx: Tx, order_ids: Sequence[str], program: Program) -> Mapping[str, int]:
        """Brings these orders' lots up to what is known of their units; answers the points taken back, by order."""
        if not order_ids:
            return {}
        taken = await units.take_back(tx, order_ids)
        await units.date(tx, order_ids, program, self._zone, SWEEP)
        return taken

    async def _activate(
        self, tx: Tx, now: datetime, balances: Mapping[str, Balance], keys: Iterable[tuple[str, str]]
    ) -> None:
        due = set(await store_lots.activating_of(tx, now, list(keys)))
        if due:
            await posting.activate(tx, now, balances, sorted(due))

    async def _schedule(self, tx: Tx, lots: Sequence[NewLot]) -> None:
        now = self._clock()
        moments = {lot.activate_time for lot in lots if lot.activate_time and lot.activate_time > now}
        moments |= {lot.expire_time for lot in lots if lot.expire_time}
        await schedules.schedule_many(tx, SWEEP, [(moment.isoformat(), moment, b"") for moment in sorted(moments)])


def _is_new(known: Heard) -> bool:
    return not (known.posted or known.cancelled)


async def _net(tx: Tx, counting: Counting, known: Heard) -> Counting:
    """An order's count less what was given up of it before it was heard of."""
    given_up = known.given_up - known.given_points * counting.point_value
    if known.given_up and counting.left_out:
        runs = await store_units.cancelled(tx, [counting.order_id])
        own = [run for run in runs if run.line_no not in counting.left_out]
        given_up = sum(run.net - run.points_returned * counting.point_value for run in own)
    return replace(counting, amount=counting.amount - given_up, taken=given_up)


def _sold(counting: Sequence[Counting], balances: Mapping[str, Balance]) -> list[Sold]:
    """The sales by member; the balances learn of the newest."""
    sales: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for one in counting:
        sales[one.member_id].append((one.time, one.order_id))
    found = []
    for member_id, own in sales.items():
        balance = balances[member_id]
        found.append(Sold(balance, sorted(own), balance.newest_sale_time))
        balance.newest_sale_time = max(*(time for time, _ in own), balance.newest_sale_time or own[0][0])
    return found
