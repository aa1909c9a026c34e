"""Spending in two phases: hold for an order, then commit with its confirmation, or release."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kit import access, schedules
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import domain as points
from services.member.points import ledger, posting
from services.member.points import store as ledger_store
from services.member.points import store_lots as lots
from services.member.points.domain import Account, Kind, Sale
from services.member.points.ledger import Entry, NewLot, Transfer
from services.member.points.usecases import SWEEP
from services.member.wallet import domain, store
from services.member.wallet.domain import Hold, State


class Wallet:
    """What members spend. Order: the member's balance is locked first, then the hold."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    async def hold(self, tx: Tx, hold_id: str, member_id: str, amount: int) -> Hold:
        """Sets points aside for an order; the same hold again answers the same."""
        now = self._clock()
        meant, balances = await ledger_store.lock_meant(tx, [member_id])
        member_id = meant[member_id]
        had = await store.find(tx, hold_id)
        if had is not None:
            return _same(had, member_id, amount)
        program = await ledger_store.program(tx)
        parts = points.take(await lots.spendable(tx, member_id, now), amount)
        held = Hold(hold_id, member_id, State.ACTIVE, amount, amount * program.point_value, tuple(parts))
        await store.insert(tx, held, now)
        await lots.move(tx, member_id, {lot_id: (0, -part, part) for lot_id, part in parts})
        entries = ledger.move_entries(parts, Account.ACTIVE, Account.HELD)
        moved = _transfer(held, Kind.HOLD, 0, now, entries, program.rule_version)
        await posting.post(tx, balances, [moved])
        return held

    async def release(self, tx: Tx, hold_id: str, member_id: str, reason: str) -> int:
        """Gives back what is held; of an unknown hold it leaves a tombstone. Answers the points given back."""
        now = self._clock()
        meant, balances = await ledger_store.lock_meant(tx, [member_id])
        member_id = meant[member_id]
        had = await store.find(tx, hold_id)
        if had is None:
            await store.insert(tx, Hold(hold_id, member_id, State.RELEASED, 0, 0, ()), now, reason)
            return 0
        if (await ledger_store.resolve(tx, [had.member_id]))[had.member_id] != member_id:
            raise access.NotYours("no such hold", field="hold_id", hold_id=hold_id)
        if had.state is State.COMMITTED:
            raise domain.HoldEnded("the hold was committed", hold_id=hold_id, state=had.state.name)
        if had.state is State.ACTIVE:
            await store.end(tx, hold_id, State.RELEASED, reason)
            await lots.move(tx, member_id, {lot_id: (0, part, -part) for lot_id, part in had.parts})
            entries = ledger.move_entries(had.parts, Account.HELD, Account.ACTIVE)
            released = replace(had, member_id=member_id)
            await posting.post(tx, balances, [_transfer(released, Kind.RELEASE, 0, now, entries)])
        return had.points

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
            if (moved.natural_key) in await ledger_store.posted(tx, [member_id], [moved.natural_key]):
                return
        await posting.post(tx, balances, [moved])

    async def restore(self, tx: Tx, order_id: str, moment: datetime) -> None:
        """Gives back what a cancelled order had spent: into the lots that it came from, or off the debt it became."""
        had = await store.find(tx, order_id)
        if had is not None and had.state is not State.RELEASED:
            await self._restore_held(tx, had, moment)
        owed = await store.unheld(tx, order_id)
        if owed is not None:
            await self._restore_unheld(tx, order_id, *owed, moment)

    async def merge(self, tx: Tx, absorbed_id: str, member_id: str) -> None:
        """Brings along what an absorbed id holds for orders under way."""
        await store.rehome(tx, absorbed_id, member_id)

    async def _restore_held(self, tx: Tx, had: Hold, moment: datetime) -> None:
        meant, balances = await ledger_store.lock_meant(tx, [had.member_id])
        member_id = meant[had.member_id]
        if had.state is State.ACTIVE:
            await self.release(tx, had.hold_id, member_id, "ORDER_CANCELLED")
            return
        if await self._is_restored(tx, member_id, had.hold_id):
            return
        await lots.move(tx, member_id, {lot_id: (0, part, 0) for lot_id, part in had.parts})
        entries = ledger.back_entries(had.parts, Account.SPENT, Account.ACTIVE)
        await posting.post(tx, balances, [_restored(replace(had, member_id=member_id), moment, entries)])

    async def _restore_unheld(self, tx: Tx, order_id: str, owner: str, amount: int, moment: datetime) -> None:
        """Takes it off the debt; as far as newer points have paid that off by now, points come back for them."""
        meant, balances = await ledger_store.lock_meant(tx, [owner])
        member_id = meant[owner]
        if await self._is_restored(tx, member_id, order_id):
            return
        owing = min(balances[member_id].debt, amount)
        entries: list[Entry] = [(Account.SPENT, ledger.NO_LOT, -amount)]
        if owing:
            entries.append((Account.DEBT, ledger.NO_LOT, owing))
        if owing < amount:
            lot_id = await self._new_lot(tx, member_id, amount - owing, moment)
            entries.append((Account.ACTIVE, lot_id, amount - owing))
        spent = Hold(order_id, member_id, State.COMMITTED, amount, 0, ())
        await posting.post(tx, balances, [_restored(spent, moment, tuple(entries))])

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

    async def _is_restored(self, tx: Tx, member_id: str, order_id: str) -> bool:
        key = f"{Kind.RESTORE_REDEEM.name.lower()}:{order_id}"
        return key in await ledger_store.posted(tx, [member_id], [key])


def _same(had: Hold, member_id: str, amount: int) -> Hold:
    if had.state is not State.ACTIVE:
        raise domain.HoldEnded(f"the hold was {had.state.name.lower()}", hold_id=had.hold_id, state=had.state.name)
    if (had.member_id, had.points) != (member_id, amount):
        raise domain.HoldEnded("the hold is another one", hold_id=had.hold_id, state=had.state.name)
    return had


def _restored(spent: Hold, moment: datetime, entries: tuple[Entry, ...]) -> Transfer:
    return _transfer(spent, Kind.RESTORE_REDEEM, spent.points, moment, entries, reason="ORDER_CANCELLED")


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
