"""Moves the money of refunds, after they were granted: by the provider's reference, or as shopping credit."""

from dataclasses import replace
from typing import TYPE_CHECKING

from kit import faultpoints, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from omo.member.v1 import credit_service_pb2 as credit_pb
from services.order.payments.domain import Declined, Wait
from services.order.payments.usecases import Payments
from services.order.returns import granting, store, store_refunds
from services.order.returns.boards import Boards
from services.order.returns.domain_refunds import ASKED, MONEY, PROVIDER, Part, Refund, RefundTender, State

if TYPE_CHECKING:
    from omo.member.v1.credit_service_pb2_grpc import CreditServiceAsyncStub

_SECONDS = 5.0
_AS_CREDIT = "REFUND_AS_CREDIT"

faultpoints.register("returns.after_refund_asked", "returns.after_refund")


class Paying:
    """The timer `returns.pay`: asks for each part once, and again until there is an answer."""

    def __init__(
        self, db: Database, clock: Clock, payments: Payments, credit: "CreditServiceAsyncStub", boards: Boards
    ) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        self._credit = credit
        self._boards = boards

    async def due(self, due: Due) -> None:
        """Moves what can move without a till; a provider that answers later wakes this again by its notification."""
        async with self._db.transaction() as tx:
            refund = await store_refunds.lock(tx, due.key)
            parts = [_asked(one) for one in refund.tenders if _moves(one)] if refund and _goes(refund) else []
            if refund is not None and parts:
                await store_refunds.put_tenders(tx, replace(refund, tenders=tuple(parts)))
        faultpoints.hit("returns.after_refund_asked")
        ended = [one for part in parts if refund for one in await self._move(refund, part)]
        faultpoints.hit("returns.after_refund")
        async with self._db.transaction() as tx:
            await self._write(tx, due.key, ended)
            await timers.finish(tx, due)

    async def _move(self, refund: Refund, part: RefundTender) -> list[RefundTender]:
        """The part as it ended; nothing where the provider is still at it."""
        if part.as_credit:
            await self._give_credit(refund, part)
            return [replace(part, state=Part.DONE, code="")]
        key = part.key(refund.refund_id)
        answer = await self._payments.refund(refund.order_id, key, part.amount, _SECONDS, part.tender_no)
        match answer:
            case Wait():
                return []
            case Declined(code=code):
                return [replace(part, state=Part.REFUSED, code=code)]
        return [replace(part, state=Part.DONE, code="")]

    async def _give_credit(self, refund: Refund, part: RefundTender) -> None:
        """Once, however late it is asked again: the credit goes by the request's id for ever."""
        asked = credit_pb.AdjustCreditRequest(
            request_id=f"{refund.refund_id}:{part.tender_no}",
            member_id=refund.member_id or "",
            amount=part.amount,
            reason=_AS_CREDIT,
        )
        await self._credit.AdjustCredit(asked, timeout=_SECONDS)

    async def _write(self, tx: Tx, refund_id: str, ended: list[RefundTender]) -> None:
        refund = await store_refunds.lock(tx, refund_id)
        if refund is None or not ended:
            return
        now, why = self._clock(), (await store.by_ids(tx, [refund_id])).get(refund_id)
        for part in ended:
            if part.state is Part.DONE:
                await granting.note(tx, refund.order_id, part.key(refund_id), part, now, why.reason if why else "")
        await self._boards.moved(tx, refund, ended, now)


def by_hand(refund: Refund, ref: str) -> RefundTender | None:
    """A part of which somebody says that it is with the shopper; none that a provider may be giving meanwhile."""
    for part in refund.tenders:
        if str(part.tender_no) == ref and part.state is not Part.DONE and part.code != ASKED:
            return replace(part, state=Part.DONE, code="BY_HAND")
    return None


def _goes(refund: Refund) -> bool:
    return refund.state is State.PAYING


def _moves(part: RefundTender) -> bool:
    by_us = part.as_credit or part.kind == PROVIDER
    return part.state is Part.PENDING and part.kind in MONEY and by_us and part.amount > 0


def _asked(part: RefundTender) -> RefundTender:
    return replace(part, code=ASKED)
