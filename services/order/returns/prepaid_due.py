"""Pays back what the end of a pack of prepaid goods owes its buyer, by what had paid for the pack."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kit import faultpoints, timers
from kit.clock import Clock
from kit.consumer import On
from kit.errors import Fault
from kit.postgres import Database, Tx
from kit.timers import Due, Leased
from omo.member.v1 import credit_service_pb2 as credit_pb
from omo.member.v1 import prepaid_service_pb2 as prepaid_pb
from omo.member.v1.member_events_pb2 import PrepaidRefundDue
from services.order.checkout import store_reads
from services.order.checkout.domain import Order
from services.order.payments import store as payments_store
from services.order.payments.domain import Declined, Wait
from services.order.payments.usecases import Payments
from services.order.returns import domain_refunds, granting, store, store_policy, store_prepaid_due, store_refunds
from services.order.returns.domain_refunds import BY_UNIT, POINTS, PROVIDER, Part, RefundTender
from services.order.returns.store_prepaid_due import PackRefund

if TYPE_CHECKING:
    from omo.member.v1.credit_service_pb2_grpc import CreditServiceAsyncStub
    from omo.member.v1.prepaid_service_pb2_grpc import PrepaidServiceAsyncStub

PACK = "returns.pack"
# why, in the tender journal
PREPAID_DUE = "PREPAID_REFUND_DUE"
PAYING, PAID, BY_HAND = "PAYING", "PAID", "BY_HAND"
_SECONDS = 5.0
_ASK_AGAIN = timedelta(minutes=1)
_AS_CREDIT = "REFUND_AS_CREDIT"
_SETTLED = "VALUE_UNKNOWN"

faultpoints.register("packs.after_claimed", "packs.after_paid")


class PrepaidDue:
    """What a provider took goes back through it; cash and value become shopping credit, where the brand offers that.

    Before any money moves the debt is settled with member, under our name: who
    pays it by hand has settled it before, and then nothing moves here.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        payments: Payments,
        credit: "CreditServiceAsyncStub",
        prepaid: "PrepaidServiceAsyncStub",
    ) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        self._credit = credit
        self._prepaid = prepaid

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        return [On.many(PrepaidRefundDue, self.on_prepaid_refunds_due)]

    def timers(self) -> dict[str, Leased]:
        """What falls due."""
        return {PACK: Leased(self.pay)}

    async def on_prepaid_refunds_due(self, tx: Tx, heard: list[PrepaidRefundDue]) -> None:
        """Plans each once; what only a person can pay back stays in member's list."""
        for one in sorted(heard, key=lambda one: (one.order_id, one.pack_id)):
            await self._plan(tx, one)

    async def _plan(self, tx: Tx, told: PrepaidRefundDue) -> None:
        now, order_id = self._clock(), told.order_id or None
        found = await store_reads.orders(tx, [order_id]) if order_id else []
        parts: list[RefundTender] = []
        code = "NO_ORDER"
        if found:
            await store.lock_order(tx, found[0].order_id)
            parts, code = await self._parts(tx, found[0], told.amount)
        refund = PackRefund(told.pack_id, order_id, told.amount, PAYING if parts else BY_HAND, tuple(parts))
        if await store_prepaid_due.insert(tx, refund, code, now) and parts:
            await timers.schedule(tx, PACK, told.pack_id, now)

    async def _parts(self, tx: Tx, order: Order, amount: int) -> tuple[list[RefundTender], str]:
        """By which of the order's tenders it goes back; none of it, and why, where a person must look."""
        terms = await store_policy.newest(tx)
        entries = await payments_store.entries(tx, order.order_id)
        left = domain_refunds.left(entries, await store_refunds.promised(tx, order.order_id))
        money = [one for one in left if one.kind not in BY_UNIT and one.kind != POINTS]
        parts = domain_refunds.plan(amount, money, terms.tender_order)
        if sum(one.amount for one in parts) < amount:
            return [], "NOT_COVERED"
        if all(one.kind == PROVIDER for one in parts):
            return parts, ""
        if not terms.credit_choice or order.member_id is None:
            return [], "NO_PROVIDER"
        return [one if one.kind == PROVIDER else replace(one, as_credit=True) for one in parts], ""

    async def pay(self, due: Due) -> None:
        """Each part once; a provider that is still at it is asked again."""
        async with self._db.read() as tx:
            refund = await store_prepaid_due.lock(tx, due.key)
            found = await store_reads.orders(tx, [refund.order_id]) if refund and refund.order_id else []
        if refund is None or not found or refund.state != PAYING:
            await self._finish(due)
        elif not await self._claimed(refund, found[0]):
            await self._let_go(due, refund)
        else:
            faultpoints.hit("packs.after_claimed")
            parts = [await self._move(refund, found[0], one) for one in refund.parts]
            faultpoints.hit("packs.after_paid")
            await self._write(due, refund, parts)

    async def _claimed(self, refund: PackRefund, order: Order) -> bool:
        """Whether it is ours to pay: False if somebody has paid it back by hand.

        Kept here too: member knows our request for days only, and a person may have this tried again after those.
        """
        if refund.claimed:
            return True
        asked = prepaid_pb.SettlePrepaidRefundRequest(
            request_id=f"{refund.pack_id}:order", pack_id=refund.pack_id, reference=f"ORDER {order.order_no}"[:100]
        )
        try:
            await self._prepaid.SettlePrepaidRefund(asked, timeout=_SECONDS)
        except Fault as fault:
            if fault.reason != _SETTLED:
                raise
            return False
        async with self._db.transaction() as tx:
            await store_prepaid_due.claim(tx, refund.pack_id)
        return True

    async def _move(self, refund: PackRefund, order: Order, part: RefundTender) -> RefundTender:
        """The part as it is then; what a provider refuses is given as credit, for it is owed."""
        if part.state is Part.DONE:
            return part
        if not part.as_credit:
            answer = await self._payments.refund(order.order_id, refund.pack_id, part.amount, _SECONDS, part.tender_no)
            if isinstance(answer, Wait):
                return part
            if not isinstance(answer, Declined):
                return replace(part, state=Part.DONE)
            part = replace(part, as_credit=True, code=answer.code)
        if order.member_id is None:
            return replace(part, state=Part.REFUSED)
        asked = credit_pb.AdjustCreditRequest(
            request_id=f"{refund.pack_id}:{part.tender_no}",
            member_id=order.member_id,
            amount=part.amount,
            reason=_AS_CREDIT,
        )
        await self._credit.AdjustCredit(asked, timeout=_SECONDS)
        return replace(part, state=Part.DONE)

    async def _write(self, due: Due, refund: PackRefund, parts: Sequence[RefundTender]) -> None:
        now, order_id = self._clock(), refund.order_id
        assert order_id is not None, "whoever pays has an order"
        async with self._db.transaction() as tx:
            before = {one.tender_no: one.state for one in refund.parts}
            await store_prepaid_due.put(tx, refund, parts)
            for one in parts:
                if one.state is Part.DONE and before[one.tender_no] is not Part.DONE:
                    await granting.note(tx, order_id, refund.pack_id, one, now, PREPAID_DUE)
            if any(one.state is Part.PENDING for one in parts):
                await timers.again(tx, due, now + _ASK_AGAIN, None)
                return
            refused = any(one.state is Part.REFUSED for one in parts)
            state, code = (BY_HAND, "REFUSED") if refused else (PAID, "")
            await store_prepaid_due.end(tx, refund.pack_id, state, code, now)
            await timers.finish(tx, due)

    async def _let_go(self, due: Due, refund: PackRefund) -> None:
        """Nothing of the order's money is promised any more."""
        async with self._db.transaction() as tx:
            await store_prepaid_due.put(tx, refund, [replace(one, amount=0, state=Part.DONE) for one in refund.parts])
            await store_prepaid_due.end(tx, refund.pack_id, BY_HAND, "SETTLED", self._clock())
            await timers.finish(tx, due)

    async def _finish(self, due: Due) -> None:
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)
