"""What people do about refunds: look at the board, ask again, say that something is done, let money go."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from kit import access, outbox, pages, requests, timers
from kit.access import Kind as Who
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import returns_pb2 as messages
from omo.order.v1 import returns_service_pb2 as pb
from services.order.checkout import wire_actors
from services.order.checkout.domain import Order, TransitionRefused
from services.order.checkout.domain_spends import Use
from services.order.fulfilment import store as order_versions
from services.order.payments.usecases import REFUND
from services.order.returns import (
    domain_board,
    finding,
    granting,
    matching,
    paying,
    places,
    store,
    store_refunds,
    wire,
    wire_events,
)
from services.order.returns.boards import Boards
from services.order.returns.domain import Return, ReturnUnknown
from services.order.returns.domain_board import Kind, Row, State
from services.order.returns.domain_refunds import Part, Refund
from services.order.returns.domain_refunds import State as Paid

_SPENT = (Kind.COUPON, Kind.CREDIT, Kind.GIFT_CARD, Kind.PREPAID, Kind.BENEFIT)
_BY_RUN = (domain_board.INVENTORY, domain_board.ATTRIBUTION)
_BEGIN = (datetime(1970, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000")


class Care:
    """The reversal board, and returns to look at."""

    def __init__(self, db: Database, clock: Clock, boards: Boards, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._boards = boards
        self._page_key = page_key

    async def get(self, return_id: str) -> messages.Return:
        """One return."""
        async with self._db.read() as tx:
            given = (await store.by_ids(tx, [return_id])).get(return_id)
            if given is None:
                raise ReturnUnknown("no such return", return_id=return_id)
            return await finding.shown(tx, await finding.mine(tx, given))

    async def page(self, asked: pb.ListReturnsRequest) -> pb.ListReturnsResponse:
        """Returns, newest first: an order's, a place's, or all."""
        size, state = pages.page_size(asked.page_size), wire.state(asked.state)
        cursor = pages.decode(asked.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["r"]) if cursor else None
        async with self._db.read() as tx:
            if asked.order_id:
                order = await finding.order(tx, asked.order_id)
                found = [one for one in await store.of_order(tx, order.order_id) if state in (None, one.state)]
                size = len(found)
            else:
                found = await store.page(tx, after, size + 1, state, _scope(asked.location_id))
            shown = [await finding.shown(tx, one) for one in found[:size]]
        last = found[size - 1] if len(found) > size else None
        more = {"t": last.business_time.isoformat(), "r": last.return_id} if last else None
        return pb.ListReturnsResponse(returns=shown, next_page_token=pages.encode(more, self._page_key) if more else "")

    async def board(self, refund_id: str) -> messages.Board:
        """Every consequence of a refund."""
        async with self._db.read() as tx:
            found = await self._shown(tx, [refund_id])
        if not found:
            raise ReturnUnknown("no such refund", refund_id=refund_id)
        return found[0]

    async def boards(self, asked: pb.ListBoardsRequest) -> pb.ListBoardsResponse:
        """Those that are not complete, oldest first."""
        size = pages.page_size(asked.page_size)
        cursor = pages.decode(asked.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["r"]) if cursor else _BEGIN
        async with self._db.read() as tx:
            ids = await store_refunds.open_ones(tx, after, asked.late, size + 1)
            shown = await self._shown(tx, ids[:size])
        more = None
        if len(ids) > size:
            last = shown[-1].refund
            more = {"t": last.grant_time.ToDatetime(UTC).isoformat(), "r": last.refund_id}
        return pb.ListBoardsResponse(boards=shown, next_page_token=pages.encode(more, self._page_key) if more else "")

    async def pay(self, asked: Request, refund_id: str) -> pb.PayRefundResponse:
        """Money that was only granted moves."""

        async def work(tx: Tx) -> pb.PayRefundResponse:
            refund = await self._locked(tx, refund_id)
            if refund.state is not Paid.GRANTED:
                raise TransitionRefused(f"a {refund.state} refund", refund_id=refund_id, state=refund.state)
            await store_refunds.change(tx, replace(refund, state=Paid.PAYING))
            await timers.schedule(tx, REFUND, refund_id, self._clock())
            return pb.PayRefundResponse(board=(await self._shown(tx, [refund_id]))[0])

        return await requests.once(self._db, asked, work, pb.PayRefundResponse)

    async def retry(self, asked: Request, refund_id: str) -> pb.RetryReversalsResponse:
        """Everybody is asked again who has not answered, and the provider where it refused."""

        async def work(tx: Tx) -> pb.RetryReversalsResponse:
            refund = await self._locked(tx, refund_id)
            rows = (await store_refunds.rows(tx, [refund_id])).get(refund_id, [])
            if any(row.state is State.PENDING and row.owner != domain_board.ORDER for row in rows):
                await self._tell_again(tx, refund, rows)
            await self._pay_again(tx, refund)
            return pb.RetryReversalsResponse(board=(await self._shown(tx, [refund_id]))[0])

        return await requests.once(self._db, asked, work, pb.RetryReversalsResponse)

    async def settle(
        self, asked: Request, refund_id: str, kind: Kind, ref: str, reason: str
    ) -> pb.SettleReversalResponse:
        """Somebody says that a consequence is done: money paid out at a till, or what an owner will never answer."""
        staff = access.current().kind is Who.STAFF
        if staff and kind is not Kind.PAYMENT:
            raise access.Denied("staff say only of money that it is paid out", field="kind")

        async def work(tx: Tx) -> pb.SettleReversalResponse:
            if staff and await places.partner(tx):
                raise access.Denied("a drop point hands no money out: a store does", refund_id=refund_id)
            refund, now = await self._locked(tx, refund_id), self._clock()
            if staff and refund.state is Paid.GRANTED:
                wait = "it is withheld until somebody has looked at the goods"
                raise TransitionRefused(wait, refund_id=refund_id, state=refund.state)
            rows = (await store_refunds.rows(tx, [refund_id])).get(refund_id, [])
            due = [one for one in rows if (one.kind, one.ref) == (kind, ref) and one.state is not State.DONE]
            if not due:
                raise TransitionRefused("nothing of it is pending", refund_id=refund_id, kind=kind, state="DONE")
            by = access.current().actor.id
            done = replace(due[0], state=State.DONE, reason=reason, settle_time=now, settled_by=by)
            if kind is Kind.PAYMENT:
                refund, done = await self._paid_out(tx, refund, done, now)
            await store_refunds.put_rows(tx, refund_id, [done])
            await self._boards.weigh(tx, refund, now)
            return pb.SettleReversalResponse(board=(await self._shown(tx, [refund_id]))[0])

        return await requests.once(self._db, asked, work, pb.SettleReversalResponse)

    async def _paid_out(self, tx: Tx, refund: Refund, row: Row, now: datetime) -> tuple[Refund, Row]:
        found = paying.by_hand(refund, row.ref)
        if found is None:
            raise TransitionRefused("it is being asked for", refund_id=refund.refund_id, state="PAYING")
        await granting.note(tx, refund.order_id, found.key(refund.refund_id), found, now, row.reason)
        tenders = tuple(found if one.tender_no == found.tender_no else one for one in refund.tenders)
        refund = replace(refund, tenders=tenders)
        await store_refunds.put_tenders(tx, refund)
        return refund, replace(row, amount=found.amount)

    async def _pay_again(self, tx: Tx, refund: Refund) -> None:
        """A provider that refused is asked under a new key, or it would only repeat itself."""
        again = [
            replace(one, state=Part.PENDING, tries=one.tries + 1, code="")
            for one in refund.tenders
            if one.state is Part.REFUSED
        ]
        if again:
            await store_refunds.put_tenders(tx, replace(refund, tenders=tuple(again)))
            rows = [domain_board.payment(one, self._clock()) for one in again]
            await store_refunds.put_rows(tx, refund.refund_id, rows)
        if refund.state is Paid.PAYING:
            await timers.schedule(tx, REFUND, refund.refund_id, self._clock())

    async def _tell_again(self, tx: Tx, refund: Refund, rows: Sequence[Row]) -> None:
        """The same word under another id: effects have keys of their own, so that only what is missing happens.

        Units that were put elsewhere since are other runs, which stock and commission do not know: where both have
        answered, they are left out.
        """
        given = (await store.by_ids(tx, [refund.refund_id]))[refund.refund_id]
        order = await finding.by_id(tx, refund.order_id)
        order, version = await order_versions.touched(tx, order)
        given = await matching.as_came(tx, given)
        back = [use for row in rows if row.kind in _SPENT for use in _used(order, row)]
        goods = any(row.state is State.PENDING and row.owner in _BY_RUN for row in rows)
        told = wire_events.returned(order, given, back, version, self._clock(), for_member_only=not goods)
        await outbox.append(tx, told)

    async def _locked(self, tx: Tx, refund_id: str) -> Refund:
        refund = await store_refunds.lock(tx, refund_id)
        if refund is None:
            raise ReturnUnknown("no such refund", refund_id=refund_id)
        return refund

    async def _shown(self, tx: Tx, refund_ids: Sequence[str]) -> list[messages.Board]:
        refunds, rows = await store_refunds.get(tx, refund_ids), await store_refunds.rows(tx, refund_ids)
        returns: dict[str, Return] = await store.by_ids(tx, refund_ids)
        found = []
        for refund_id in refund_ids:
            if refund_id in refunds and refund_id in returns:
                refund = refunds[refund_id]
                order = await finding.by_id(tx, refund.order_id)
                one = wire.board(returns[refund_id], order, refund, rows.get(refund_id, []))
                who = wire_actors.actor(refund.actor_kind, refund.actor_id, refund.actor_terminal_id)
                one.MergeFrom(messages.Board(granted_by=who, grant_reason=refund.reason))
                found.append(one)
        return found


def _used(order: Order, row: Row) -> list[Use]:
    """What a row of the board gives back, as the event says it."""
    for use in order.spends:
        if (use.kind.value, use.ref) == (row.kind.value, row.ref):
            if row.kind is Kind.PREPAID:
                return [replace(use, quantity=row.expected)]
            if row.kind in (Kind.CREDIT, Kind.GIFT_CARD):
                return [replace(use, amount=row.expected, pays=row.expected)]
            return [use]
    return []


def _scope(location_id: str) -> str | None:
    """Staff see the returns of their stores, headquarters all."""
    who = access.current()
    if who.kind in (Who.HQ, Who.SERVICE):
        return location_id or None
    wanted = location_id or next(iter(who.location_ids), "")
    access.require_location(wanted)
    return wanted
