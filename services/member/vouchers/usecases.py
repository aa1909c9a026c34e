"""Hands value to terminals for a day, settles what they spent of it, takes the rest back."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from kit import access, schedules
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.ids import uuid7
from kit.leases import Due
from kit.postgres import Tx
from services.member.points import store as points
from services.member.points.domain import Insufficient as PointsInsufficient
from services.member.value.domain import Insufficient, Kind, Use
from services.member.vouchers import domain, store
from services.member.vouchers.domain import Limits, Voucher
from services.member.wallet import store as holds
from services.member.wallet.domain import State
from services.member.wallet.usecases import Wallet

ENDS = "vouchers.end"


class Vouchers:
    """What is out is held like for an order; each sale takes its part of that hold. Members are locked first."""

    def __init__(self, clock: Clock, wallet: Wallet) -> None:
        self._clock = clock
        self._wallet = wallet

    async def limits(self, tx: Tx) -> Limits:
        """What is in force."""
        return await store.limits(tx)

    async def put_limits(self, tx: Tx, given: Limits) -> Limits:
        """Puts new limits in force; vouchers that are out stay as they are."""
        version = await store.put_limits(tx, given, access.current().actor, self._clock())
        if version is None:
            raise Fault("limits were put at this moment", code=Code.ABORTED, reason="REQUEST_RUNNING")
        return replace(given, version=version)

    async def issue(self, tx: Tx, member_id: str, terminal_id: str, kind: Kind, amount: int) -> Voucher:
        """Holds the value, for this terminal and as long as the brand says."""
        now, limits = self._clock(), await store.limits(tx)
        member_id = (await points.lock_meant(tx, [member_id]))[0][member_id]
        limits.check(kind, amount, await store.at_terminal(tx, terminal_id) if limits.at_terminal else 0)
        ends = limits.ends(now)
        made = Voucher(uuid7(), member_id, terminal_id, kind, amount, 0, 0, ends, limits_version=limits.version)
        if not await store.add(tx, made):
            raise domain.VoucherLimit("this terminal holds one of the member's", most=limits.most(kind))
        await self._take(tx, made, made.hold_id, made.left)
        await schedules.schedule(tx, ENDS, made.voucher_id, ends + timedelta(hours=limits.grace_hours))
        return made

    async def settle(self, tx: Tx, voucher_id: str, order_id: str, amount: int, moment: datetime) -> None:
        """A sale took so much of it: as far as it reaches that is held for the sale, which spends it as ever.

        What is over, such as a voucher that was shown twice, finds no hold and becomes the sale's debt.
        """
        owner = await store.owner(tx, voucher_id)
        if owner is None:
            return
        await points.lock_meant(tx, [owner])
        voucher = await store.lock(tx, voucher_id)
        assert voucher is not None, "owned above"
        taken = min(amount, voucher.left) if voucher.end_time is None else 0
        if not await store.use(tx, voucher_id, order_id, amount, taken, moment) or not taken:
            return
        await self._release(tx, voucher, "SETTLED")
        left = voucher.left - taken
        await store.turn(tx, voucher_id, taken, None if left else self._clock())
        if (await holds.opening(tx, order_id, None))[0] is None:  # else the till held for it by line as well
            await self._retake(tx, voucher, order_id, taken)
        if left:
            await self._retake(tx, voucher, domain.hold_id(voucher_id, voucher.turn + 1), left)
        else:
            await schedules.cancel(tx, ENDS, voucher_id)

    async def end(self, tx: Tx, due: Due) -> None:
        """Its day is over: what no sale has told of is the member's again."""
        owner = await store.owner(tx, due.key)
        if owner is None:
            return
        await points.lock_meant(tx, [owner])
        voucher = await store.lock(tx, due.key)
        if voucher is not None and voucher.end_time is None:
            await self._release(tx, voucher, "EXPIRED")
            await store.turn(tx, voucher.voucher_id, 0, self._clock())

    async def _retake(self, tx: Tx, voucher: Voucher, hold_id: str, amount: int) -> None:
        """A sale is a fact: where points ended while they were out, nothing is held, and it becomes a debt."""
        with suppress(PointsInsufficient, Insufficient):
            await self._take(tx, voucher, hold_id, amount, fact=True)

    async def _take(self, tx: Tx, voucher: Voucher, hold_id: str, amount: int, *, fact: bool = False) -> None:
        by_points = voucher.kind is Kind.POINTS
        uses = () if by_points else (Use(Kind.CREDIT, amount=amount),)
        await self._wallet.hold(tx, hold_id, voucher.member_id, amount if by_points else 0, uses, fact=fact)

    async def _release(self, tx: Tx, voucher: Voucher, reason: str) -> None:
        had, _ = await holds.opening(tx, voucher.hold_id, None)
        if had is not None and had.state is State.ACTIVE:
            await self._wallet.release(tx, voucher.hold_id, had.member_id, reason)
