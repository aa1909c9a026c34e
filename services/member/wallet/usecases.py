"""Spending in two phases: hold for an order, then commit with its confirmation, or release."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kit import access, schedules
from kit.clock import Clock
from kit.ids import uuid7
from kit.leases import Due
from kit.postgres import Tx
from services.member.points import domain as points
from services.member.points import ledger, posting, restoring
from services.member.points import store as ledger_store
from services.member.points import store_lots as lots
from services.member.points import store_units as units
from services.member.points.domain import Account, Kind, Sale
from services.member.points.ledger import Balance, Entry, NewLot, Transfer
from services.member.points.units import UNITS_CANCELLED
from services.member.points.usecases import SWEEP
from services.member.value.domain import Frozen, Use
from services.member.wallet import domain, holding, store
from services.member.wallet.domain import Hold, State

CANCELLED = "ORDER_CANCELLED"
TILL_HOLD = "wallet.till_hold"


class Wallet:
    """What members spend. Order: the member's balance is locked first, then the hold."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    async def hold(
        self,
        tx: Tx,
        hold_id: str,
        member_id: str,
        amount: int,
        uses: Sequence[Use] = (),
        terminal_id: str = "",
        *,
        fact: bool = False,
    ) -> Hold:
        """Sets points and whatever else aside for an order, all or nothing; the same hold again answers the same.

        What is a `fact` already is held also of somebody whose value is frozen.
        """
        now = self._clock()
        balances: Mapping[str, Balance] = {}
        if member_id != domain.NOBODY:
            meant, balances = await ledger_store.lock_meant(tx, [member_id])
            member_id = meant[member_id]
        had, frozen = await store.opening(tx, hold_id, member_id)
        asked = domain.text(uses)
        if had is not None:
            return domain.same(had, member_id, amount, asked)
        if frozen and not fact:
            raise Frozen("nothing of this member's can be spent before a person has looked", member_id=member_id)
        held = Hold(hold_id, member_id, State.ACTIVE, 0, 0, (), asked, terminal_id)
        rule_version = ""
        if amount:
            program = await ledger_store.program(tx)
            parts = points.take(await lots.spendable(tx, member_id, now), amount)
            held = replace(held, points=amount, value=amount * program.point_value, parts=tuple(parts))
            rule_version = program.rule_version
        if not await store.insert(tx, held, now, ends=now + domain.TILL_HOLD if terminal_id else None):
            raise domain.HoldRunning("the same hold is being made", hold_id=hold_id)
        if terminal_id:
            await schedules.schedule(tx, TILL_HOLD, hold_id, now + domain.TILL_HOLD)
        if amount:
            await lots.move(tx, member_id, {lot_id: (0, -part, part) for lot_id, part in held.parts})
            entries = ledger.move_entries(held.parts, Account.ACTIVE, Account.HELD)
            await posting.post(tx, balances, [_transfer(held, Kind.HOLD, 0, now, entries, rule_version)])
        await holding.hold(tx, hold_id, None if member_id == domain.NOBODY else member_id, uses, now)
        return held

    async def release(self, tx: Tx, hold_id: str, member_id: str, reason: str, terminal_id: str = "") -> int:
        """Gives back what is held; of an unknown hold it leaves a tombstone. Answers the points given back."""
        now = self._clock()
        meant, balances = await ledger_store.lock_meant(tx, [member_id] if member_id != domain.NOBODY else [])
        member_id = meant.get(member_id, member_id)
        had = await store.find(tx, hold_id)
        if had is None:
            tombstone = Hold(hold_id, member_id, State.RELEASED, 0, 0, (), terminal_id=terminal_id)
            if not await store.insert(tx, tombstone, now, reason):
                raise domain.HoldRunning("the hold is being made", hold_id=hold_id)
            return 0
        his = (await ledger_store.resolve(tx, [had.member_id]))[had.member_id] == member_id
        if not his or (terminal_id and terminal_id != had.terminal_id):
            raise access.NotYours("no such hold", field="hold_id", hold_id=hold_id)
        if had.state is State.COMMITTED:
            raise domain.HoldEnded("the hold was committed", hold_id=hold_id, state=had.state.name)
        if had.state is State.ACTIVE:
            await store.end(tx, hold_id, State.RELEASED, reason)
            await holding.release(tx, hold_id, now, reason)
        if had.state is State.ACTIVE and had.points:
            await lots.move(tx, member_id, {lot_id: (0, part, -part) for lot_id, part in had.parts})
            entries = ledger.move_entries(had.parts, Account.HELD, Account.ACTIVE)
            released = replace(had, member_id=member_id)
            await posting.post(tx, balances, [_transfer(released, Kind.RELEASE, 0, now, entries)])
        return had.points

    async def let_go(self, tx: Tx, due: Due) -> None:
        """A till held for a sale that it never told of."""
        had, _ = await store.opening(tx, due.key, None)  # unlocked: its member is locked before it
        if had is not None and had.state is State.ACTIVE:
            await self.release(tx, had.hold_id, had.member_id, "EXPIRED")

    async def commit(self, tx: Tx, sale: Sale) -> None:
        """Turns an order's hold into a redemption; a sale is a fact, so without a hold it becomes a debt.

        An order whose end was heard of first spends nothing: `restore` gave its points back.
        """
        meant, balances = await ledger_store.lock_meant(tx, [sale.member_id])
        member_id = meant[sale.member_id]
        if await lots.is_cancelled(tx, sale.order_id):
            return
        had = await store.find(tx, sale.order_id)
        if had is not None and had.state is State.COMMITTED:
            return
        had = replace(had, member_id=member_id) if had else None
        if had is not None and had.state is State.ACTIVE:
            await store.end(tx, had.hold_id, State.COMMITTED)
            await lots.move(tx, member_id, {lot_id: (0, 0, -part) for lot_id, part in had.parts})
            entries = ledger.out_entries(had.parts, Account.HELD, Account.SPENT)
            moved = _transfer(had, Kind.REDEEM, -had.points, sale.business_time, entries)
        else:
            spent = sale.points_spent
            owing: tuple[Entry, ...] = (
                (Account.DEBT, ledger.NO_LOT, -spent),
                (Account.SPENT, ledger.NO_LOT, spent),
            )
            debt = Hold(sale.order_id, member_id, State.COMMITTED, spent, 0, ())
            moved = _transfer(debt, Kind.REDEEM, -spent, sale.business_time, owing, reason="HOLD_MISSING")
            if await store.spent(tx, sale.order_id, None) is not None:
                return
        await posting.post(tx, balances, [moved])
        await self.give_back(tx, sale.order_id, sale.business_time)

    async def restore(self, tx: Tx, order_id: str, moment: datetime) -> None:
        """Gives back what a cancelled order had spent: into the lots that it came from, or off the debt it became."""
        had = await store.find(tx, order_id)
        if had is not None and had.state is State.ACTIVE:
            meant, _ = await ledger_store.lock_meant(tx, [had.member_id])
            await self.release(tx, had.hold_id, meant[had.member_id], CANCELLED)
        elif (spent := await store.spent(tx, order_id, had)) is not None:
            await self._restore(tx, spent, spent.points, moment, CANCELLED)

    async def give_back(self, tx: Tx, order_id: str, moment: datetime) -> int:
        """Gives back what was spent on units that were given up or came back, once the order is known to have spent it.

        Answers how many points.
        """
        returned = await units.points_back(tx, order_id)
        spent = await store.spent(tx, order_id, await store.find(tx, order_id)) if returned > 0 else None
        if spent is None:
            return 0
        return await self._restore(tx, spent, min(returned, spent.points), moment, UNITS_CANCELLED)

    async def _restore(self, tx: Tx, spent: Hold, upto: int, moment: datetime, reason: str) -> int:
        """Brings what an order got back up to so many points, into its lots; without lots, off the debt it became."""
        meant, balances = await ledger_store.lock_meant(tx, [spent.member_id])
        member_id = meant[spent.member_id]
        done = await store.restored(tx, spent.hold_id)
        amount = upto - done
        if amount <= 0:
            return 0
        if spent.parts:
            parts = points.give_back(spent.parts, done, amount)
            await restoring.into_lots(tx, member_id, parts, self._clock(), self._zone)
            entries = ledger.back_entries(parts, Account.SPENT, Account.ACTIVE)
        else:
            entries = await self._off_the_debt(tx, balances[member_id], amount, moment)
        key = f"{spent.hold_id}:{upto}" if reason == UNITS_CANCELLED else spent.hold_id
        back = replace(spent, hold_id=key, member_id=member_id)
        await posting.post(tx, balances, [_restored(back, spent.hold_id, amount, moment, entries, reason)])
        return amount

    async def _off_the_debt(self, tx: Tx, balance: Balance, amount: int, moment: datetime) -> tuple[Entry, ...]:
        """Takes it off the debt; as far as newer points have paid that off by now, points come back for them."""
        owing = min(balance.debt, amount)
        entries: list[Entry] = [(Account.SPENT, ledger.NO_LOT, -amount)]
        if owing:
            entries.append((Account.DEBT, ledger.NO_LOT, owing))
        if owing < amount:
            lot_id = await self._new_lot(tx, balance.member_id, amount - owing, moment)
            entries.append((Account.ACTIVE, lot_id, amount - owing))
        return tuple(entries)

    async def _new_lot(self, tx: Tx, member_id: str, amount: int, moment: datetime) -> str:
        program = await ledger_store.program(tx)
        expire = points.expiry(moment, program, self._zone)
        lot = NewLot(
            member_id, uuid7(), None, [], [], amount, moment, moment, expire, program.rule_version, active=amount
        )
        await lots.insert(tx, [lot])
        if expire is not None:
            await schedules.schedule(tx, SWEEP, expire.isoformat(), expire)
        return lot.lot_id


def _restored(
    back: Hold, order_id: str, amount: int, moment: datetime, entries: tuple[Entry, ...], reason: str
) -> Transfer:
    return replace(_transfer(back, Kind.RESTORE_REDEEM, amount, moment, entries, reason=reason), order_id=order_id)


def _transfer(
    held: Hold,
    kind: Kind,
    shown: int,
    moment: datetime,
    entries: tuple[Entry, ...],
    rule_version: str = "",
    reason: str = "",
) -> Transfer:
    key = f"{kind.name.lower()}:{held.hold_id}"
    return Transfer(
        held.member_id, uuid7(), kind, key, shown, held.hold_id, moment, reason, rule_version, tuple(entries)
    )
