"""Earning points from sales, activating them after handover, and taking them back: one code path over many orders."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from kit import access, schedules
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import (
    domain,
    ledger,
    posting,
    store,
    store_joining,
    store_lots,
    store_sales,
    store_units,
    tiers,
    units,
)
from services.member.points.domain import CancelledRun, HandedRun, Kind, Program, Sale, SoldLine
from services.member.points.ledger import Balance, NewLot, Transfer
from services.member.points.store_sales import Heard

SWEEP = "points.sweep"


class Points:
    """What members have earned."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    async def earn(self, tx: Tx, sales: Sequence[Sale]) -> None:
        """Posts what these orders earned and counts them toward tiers, once each."""
        meant, balances = await store.lock_meant(tx, (sale.member_id for sale in sales))
        program = await store.program(tx)
        known = await store_sales.heard(tx, [sale.order_id for sale in sales])
        standing = {sale.order_id: sale for sale in sales if _is_new(known[sale.order_id])}
        named = {order_id: sale.member_id for order_id, sale in standing.items()}
        await store_joining.name(tx, [(key, told) for key, told in named.items() if meant[told] != told])
        lots: list[NewLot] = []
        transfers: list[Transfer] = []
        for sale in standing.values():
            balance = balances[meant[sale.member_id]]
            opened = self._lots(sale, balance, program)
            if program.version:
                transfers.append(_earning(sale, balance.member_id, opened, program))
            lots += opened
        await store_lots.insert(tx, lots)
        await self._schedule(tx, lots)
        earning = {sale.order_id: balances[meant[sale.member_id]] for sale in standing.values()}
        spends = await store_sales.qualify(
            tx,
            [_spent(sale, earning[sale.order_id].member_id, known[sale.order_id]) for sale in standing.values()],
            posting.may_rise(earning.values(), program),
            program.qualifying_days,
        )
        raised = posting.risen(balances, spends, program)
        await posting.post(tx, balances, transfers, raised)
        now = self._clock()
        await posting.tell(tx, raised, spends, program, now)
        due = [lot for lot in lots if lot.pending and lot.activate_time and lot.activate_time <= now]
        if due:
            await posting.activate(tx, now, balances, [(lot.member_id, lot.lot_id) for lot in due])
        await self._follow(tx, [order_id for order_id in standing if known[order_id].early], program)

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
        taken = [(members[run.order_id], run.order_id, run.net) for run in fresh if run.order_id in members]
        await store_sales.take(tx, taken)
        program = await store.program(tx)
        await self._follow(tx, order_ids, program)
        sums = Counter[str]()
        for member_id, _, net in taken:
            sums[member_id] += net
        await tiers.fall(tx, await store.lock(tx, sums), sums, program, self._clock())

    async def sweep(self, tx: Tx, _dues: Sequence[object]) -> None:
        """Activates and expires what is due by now; runs when a day of activation or expiry has come."""
        now = self._clock()
        activating = await store_lots.activating(tx, now, posting.SWEEP_LIMIT)
        expiring = await store_lots.expiring(tx, now, posting.SWEEP_LIMIT)
        balances = await store.lock(tx, (member_id for member_id, _ in (*activating, *expiring)))
        await self._activate(tx, now, balances, activating)
        await posting.expire(tx, now, balances, expiring)
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
            await store_units.take(tx, [(member_id, row["lot_id"], points) for row, points in parts])
        taken = {member_id: await store_sales.unqualify(tx, member_id, order_id) for member_id in balances}
        await tiers.fall(tx, balances, taken, await store.program(tx), self._clock())

    async def adjust(self, tx: Tx, member_id: str, points: int, reason: str, request_id: str) -> Balance:
        """Gives or takes points by hand."""
        now = self._clock()
        balances = await store.lock(tx, [member_id])
        program = await store.program(tx)
        if points > 0:
            expire = domain.expiry(now, program, self._zone)
            lot = NewLot(
                member_id, uuid7(), None, [], [], points, now, now, expire, program.rule_version, active=points
            )
            await store_lots.insert(tx, [lot])
            await self._schedule(tx, [lot])
            entries = ledger.back_entries([(lot.lot_id, points)], domain.Account.ISSUED, domain.Account.ACTIVE)
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

    def _lots(self, sale: Sale, balance: Balance, program: Program) -> list[NewLot]:
        tier = program.tier(balance.tier)
        multiplier = tier.multiplier_bp if tier else domain.WHOLE
        points = domain.earned([line.earn_base for line in sale.lines], program, multiplier)
        groups: dict[str, list[tuple[SoldLine, int]]] = defaultdict(list)
        for line, earned in zip(sale.lines, points, strict=True):
            if earned:
                groups[line.group].append((line, earned))
        return [self._lot(sale, balance.member_id, program, members) for members in groups.values()]

    def _lot(self, sale: Sale, member_id: str, program: Program, members: Sequence[tuple[SoldLine, int]]) -> NewLot:
        moment = sale.business_time if all(line.handed_over for line, _ in members) else None
        total = sum(points for _, points in members)
        return NewLot(
            member_id,
            uuid7(),
            sale.order_id,
            [line.line_no for line, _ in members],
            [points for _, points in members],
            total,
            sale.business_time,
            domain.activation(moment, program, self._zone) if moment else None,
            domain.expiry(sale.business_time, program, self._zone),
            program.rule_version,
            pending=total,
            line_units=[line.units for line, _ in members],
            line_bases=[line.earn_base for line, _ in members],
        )

    async def _follow(self, tx: Tx, order_ids: Sequence[str], program: Program) -> None:
        """Brings the lots of these orders up to what is known of their units."""
        if order_ids:
            await units.take_back(tx, order_ids)
            await units.date(tx, order_ids, program, self._zone, SWEEP)

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


def _spent(sale: Sale, member_id: str, known: Heard) -> tuple[str, str, datetime, int, int]:
    """What an order counts toward its member's tier, and what of it was taken out before."""
    net = sum(line.net for line in sale.lines)
    return member_id, sale.order_id, sale.business_time, net - known.given_up, known.given_up


def _earning(sale: Sale, member_id: str, lots: Sequence[NewLot], program: Program) -> Transfer:
    """The earn transfer of an order; one without points is posted too, so that it is not looked at again."""
    entries = ledger.earn_entries(lots) if lots else ()
    points = sum(lot.points for lot in lots)
    key, rule = f"earn:{sale.order_id}", program.rule_version
    return Transfer(member_id, uuid7(), Kind.EARN, key, points, sale.order_id, sale.business_time, "", rule, entries)
