"""Keeps the reversal board: from what the owners say, what moved, and what somebody says by hand."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from kit import access, timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from omo.type.v1 import reversal_pb2
from services.order.payments.usecases import REFUND
from services.order.returns import domain, domain_board, domain_refunds, store, store_refunds
from services.order.returns.domain import State as ReturnState
from services.order.returns.domain_board import Kind, Row, State
from services.order.returns.domain_refunds import Part, Refund, RefundTender
from services.order.returns.domain_refunds import State as Paid

_STATES = {
    reversal_pb2.REVERSAL_STATE_DONE: State.DONE,
    reversal_pb2.REVERSAL_STATE_DEBT: State.DEBT,
    reversal_pb2.REVERSAL_STATE_REFUSED: State.REFUSED,
}
_KINDS = {int(reversal_pb2.ReversalKind.Value(f"REVERSAL_KIND_{kind}")): kind for kind in Kind}


class Boards:
    """One board for each refund; whoever changes it holds the refund's row."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def hear(self, tx: Tx, heard: Iterable[tuple[str, reversal_pb2.Reversal, datetime]]) -> None:
        """Owners say how their parts ended, in whatever order and however often."""
        by_refund: dict[str, list[tuple[str, reversal_pb2.Reversal, datetime]]] = {}
        for one in heard:
            if not _ours(one[1].refund_id):
                continue
            by_refund.setdefault(one[1].refund_id, []).append(one)
        for refund_id, told in sorted(by_refund.items()):
            refund = await store_refunds.lock(tx, refund_id)
            if refund is not None:
                await self._hear(tx, refund, told)

    async def moved(self, tx: Tx, refund: Refund, ended: Sequence[RefundTender], now: datetime) -> None:
        """Parts of a locked refund's money moved, or were refused."""
        by_number = {one.tender_no: one for one in ended}
        tenders = tuple(by_number.get(one.tender_no, one) for one in refund.tenders)
        refund = replace(refund, tenders=tenders)
        await store_refunds.put_tenders(tx, refund)
        await store_refunds.put_rows(tx, refund.refund_id, [domain_board.payment(one, now) for one in ended])
        await self.weigh(tx, refund, now)

    async def late(self, tx: Tx, due: Due) -> None:
        """By now every owner should have answered."""
        refund = await store_refunds.lock(tx, due.key)
        if refund is not None and not refund.complete:
            await store_refunds.change(tx, replace(refund, late=True))

    async def weigh(self, tx: Tx, refund: Refund, now: datetime) -> Refund:
        """Writes how far a locked refund is; a return whose consequences have all ended is closed."""
        rows = (await store_refunds.rows(tx, [refund.refund_id])).get(refund.refund_id, [])
        complete = domain_board.complete(rows)
        paid = all(one.state is Part.DONE for one in refund.tenders)
        if paid and refund.state is not Paid.PAID:
            refund = replace(refund, state=Paid.PAID, pay_time=now)
        refund = replace(refund, complete=complete, late=refund.late and not complete)
        await store_refunds.change(tx, refund)
        if complete:
            await self._close(tx, refund.refund_id, now)
        return refund

    async def _hear(self, tx: Tx, refund: Refund, told: Sequence[tuple[str, reversal_pb2.Reversal, datetime]]) -> None:
        now = self._clock()
        rows = [_row(owner, one, at) for owner, one, at in told if one.kind in _KINDS and one.state in _STATES]
        for _, one, _ in told:
            if one.deduct_amount > refund.deducted:
                refund, rows = await self._deduct(tx, refund, one.deduct_amount, rows, now)
        # what is not on the board yet is added: only its owner knew of it
        await store_refunds.put_rows(tx, refund.refund_id, rows)
        if refund.state is Paid.PAYING and any(row.kind is Kind.POINTS_EARNED for row in rows):
            await timers.schedule(tx, REFUND, refund.refund_id, now)
        await self.weigh(tx, refund, now)

    async def _deduct(
        self, tx: Tx, refund: Refund, deduct: int, rows: list[Row], now: datetime
    ) -> tuple[Refund, list[Row]]:
        """Keeps money for points that are spent already; what has moved by now is a debt.

        `deduct` is for all that the owner knows of by now: what was kept before is part of it.
        """
        tenders, kept = domain_refunds.less(refund.tenders, deduct - refund.deducted)
        refund = replace(refund, tenders=tuple(tenders), deducted=refund.deducted + kept, amount=refund.amount - kept)
        await store_refunds.put_tenders(tx, refund)
        changed = [domain_board.payment(one, now) for one in tenders if one.kind in domain_refunds.MONEY]
        if refund.deducted < deduct:
            rows = [
                replace(row, state=State.DEBT, reason="NOT_DEDUCTED") if row.kind is Kind.POINTS_EARNED else row
                for row in rows
            ]
        return refund, [*rows, *changed]

    async def _close(self, tx: Tx, return_id: str, now: datetime) -> None:
        given = (await store.by_ids(tx, [return_id])).get(return_id)
        if given is not None and given.state is ReturnState.INSPECTED:
            after = domain.move(given, ReturnState.CLOSED, now)
            await store.change(tx, after, ReturnState.CLOSED, "", access.current().actor)


def _row(owner: str, one: reversal_pb2.Reversal, at: datetime) -> Row:
    """Of what there is one of, the board has one row, whatever its owner names: that is kept as the reason."""
    kind, ref, reason = _KINDS[one.kind], one.ref, one.reason
    if kind in domain_board.SINGLE:
        ref, reason = "", reason or ref
    return Row(kind, ref, owner, _STATES[one.state], 0, one.amount, reason, at.astimezone(UTC))


def _ours(refund_id: str) -> bool:
    """Only what can be a refund of ours; anybody may have answered anything."""
    try:
        return bool(uuid.UUID(refund_id))
    except ValueError:
        return False
