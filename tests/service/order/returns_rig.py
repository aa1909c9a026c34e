"""A counter where goods come back, and the owners of what follows from that."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kit import access
from kit.inbox import Event, Inbox
from omo.attribution.v1 import attribution_events_pb2
from omo.inventory.v1 import stock_events_pb2
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2, order_pb2, returns_pb2
from omo.order.v1 import returns_service_pb2 as pb
from omo.order.v1 import returns_service_pb2_grpc as rpc
from omo.order.v1 import sales_service_pb2 as sales_pb
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import reversal_pb2
from omo_storelink import Back, Bought, Paid, Visit, goods_back
from tests.service.order.brand import MEMBER
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import Rig, eventually
from tests.service.order.sales_rig import frame, sale
from tests.service.order.sales_rig import line as fact_line

DONE, DEBT = reversal_pb2.REVERSAL_STATE_DONE, reversal_pb2.REVERSAL_STATE_DEBT
_OWNERS: dict[str, Any] = {
    "inventory": stock_events_pb2.ReversalSettled,
    "member": member_events_pb2.ReversalSettled,
    "attribution": attribution_events_pb2.ReversalSettled,
}


def units(line_no: int = 1, quantity: int = 1, **more: Any) -> pb.ReturnedUnits:
    return pb.ReturnedUnits(line_no=line_no, quantity=quantity, **more)


@dataclass(slots=True)
class Counter:
    """The staff of TPE02, where nothing was sold."""

    rig: Rig
    stub: Any = None

    def __post_init__(self) -> None:
        self.stub = rpc.ReturnServiceStub(self.rig.channel)

    def clerk(self, *roles: str) -> str:
        roles_ = list(roles or ("cashier",))
        return self.rig.issuer.token("staff", "A205", roles=roles_, locations=["TPE02"], staff_code="A205")

    async def bought(self, **changed: Any) -> order_pb2.Order:
        """An online order that its shopper has collected, and that is paid."""
        store, order = Store(self.rig), await self.rig.place(**changed)
        ready = await store.made_ready(order.order_id)
        await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))

        async def paid() -> bool:
            return not await self.rig.rows("SELECT FROM timers WHERE kind = 'fulfilment.capture'")

        await eventually(paid)
        return await self.rig.get(order.order_id)

    async def back(self, order: str, *given: pb.ReturnedUnits, token: str = "", **more: Any) -> returns_pb2.Return:
        """Request and receipt in one step."""
        request = pb.OpenReturnRequest(
            request_id=more.pop("request_id", str(uuid.uuid4())), order_id=order, units=given or [units()],
            reason=more.pop("reason", "WRONG_SIZE"), location_id=more.pop("location_id", "TPE02"),
            received=more.pop("received", True), verified=more.pop("verified", True), **more,
        )  # fmt: skip
        return (await self.ask("OpenReturn", request, token)).returned  # type: ignore[no-any-return]

    async def ask(self, verb: str, request: Any, token: str = "") -> Any:
        return await self.rig.call(getattr(self.stub, verb), request, token or self.clerk())

    async def step(self, verb: str, token: str = "", **fields: Any) -> Any:
        request = getattr(pb, f"{verb}Request")(request_id=str(uuid.uuid4()), **fields)
        return await self.ask(verb, request, token or self.rig.hq())

    async def board(self, refund_id: str) -> returns_pb2.Board:
        asked = pb.GetBoardRequest(refund_id=refund_id)
        return (await self.ask("GetBoard", asked, self.rig.hq())).board  # type: ignore[no-any-return]

    async def rows(self, refund_id: str) -> dict[str, tuple[str, int, int]]:
        """The board by kind and ref: state, what was expected, what was done."""
        board = await self.board(refund_id)
        names, states = reversal_pb2.ReversalKind, returns_pb2.BoardState
        return {
            f"{names.Name(row.kind).removeprefix('REVERSAL_KIND_')}{':' * bool(row.ref)}{row.ref}": (
                states.Name(row.state).removeprefix("BOARD_STATE_"), row.expected, row.amount,
            )
            for row in board.rows
        }  # fmt: skip

    async def paid(self, refund_id: str) -> returns_pb2.Refund:
        """The refund once its money moved."""

        async def moved() -> returns_pb2.Refund | None:
            refund = (await self.board(refund_id)).refund
            return refund if refund.state == returns_pb2.REFUND_STATE_PAID else None

        return await eventually(moved)  # type: ignore[no-any-return]

    async def answer(self, owner: str, refund_id: str, kind: str, state: int = DONE, **more: Any) -> None:
        """An owner says how its part ended."""
        await self.answers(owner, refund_id, kind, more, state=state)

    async def answers(self, owner: str, refund_id: str, kind: str, *words: dict[str, Any], state: int = DONE) -> None:
        """Word after word, before anybody acts on one of them."""
        number, inbox = reversal_pb2.ReversalKind.Value(f"REVERSAL_KIND_{kind}"), Inbox("order", self.rig.parts.ears())
        async with self.rig.db.transaction() as tx:
            for more in words:
                event = _OWNERS[owner](
                    reversal=reversal_pb2.Reversal(refund_id=refund_id, kind=number, state=state, **more)  # type: ignore[arg-type]
                )
                event.meta.event_id, event.meta.aggregate_id = str(uuid.uuid4()), refund_id
                event.meta.business_time.FromDatetime(self.rig.clock())
                with access.acting_as(access.service("order")):
                    await inbox.take(tx, [Event(event.meta.event_id, event.DESCRIPTOR.full_name, event)])

    async def all_answer(self, refund_id: str) -> None:
        """Everybody did what there was to do."""
        for row in (await self.board(refund_id)).rows:
            if row.state == returns_pb2.BOARD_STATE_PENDING and row.owner in _OWNERS:
                kind = reversal_pb2.ReversalKind.Name(row.kind).removeprefix("REVERSAL_KIND_")
                ref = "gold" if kind == "TIER" else row.ref  # as member answers
                await self.answer(row.owner, refund_id, kind, amount=row.expected, ref=ref)

    async def told(self, name: str = "UnitsReturned") -> list[Any]:
        """What order announced."""
        return await Store(self.rig).events(name, getattr(order_events_pb2, name))


TILL = "0197a000-0000-7000-8000-00000000aaaa"


@dataclass(slots=True)
class Till:
    """A till of TPE02 whose facts arrive when they may."""

    rig: Rig
    sent: int = 0

    async def send(self, *facts: facts_pb2.SaleFact) -> None:
        """The next frame; nothing in it may be refused."""
        token = self.rig.issuer.token("device", TILL, terminal=TILL, locations=["TPE02"])
        stub: Any = sales_rpc.SalesServiceStub(self.rig.channel)
        reply = await self.rig.call(
            stub.RecordSales, frame(*facts, first=self.sent + 1, till=TILL, store="TPE02"), token
        )
        self.sent += len(facts)
        assert reply.answer.durable_ack == self.sent

    def sale(self, *lines: Any, **more: Any) -> facts_pb2.SaleFact:
        """A sale to the rig's member, an hour ago."""
        given = {"member_id": MEMBER, "cashier_staff_code": "", **more}
        fact = sale(*(lines or (sold_line(),)), **given)
        fact.business_time.FromDatetime(self.ago(60))
        return fact

    def back(self, bought: str, *goods: Back, cash: int = 3000, minutes: float = 0, **more: Any) -> facts_pb2.SaleFact:
        """A coat comes back for cash, unless something else is said."""
        paid = more.pop("paid", [Paid("CASH", cash)] if cash else [])
        return_id = more.pop("return_id", str(uuid.uuid4()))
        visit = Visit(self.ago(minutes), offline=minutes > 0)
        return goods_back(return_id, Bought(order_id=bought), goods or [Back("COAT", 1, 1)], paid, visit, "WRONG_SIZE")

    def ago(self, minutes: float) -> datetime:
        return self.rig.clock() - timedelta(minutes=minutes)

    async def reviews(self) -> list[tuple[str, str]]:
        """Which returns a person should look at: flag and subject."""
        stub: Any = sales_rpc.SalesServiceStub(self.rig.channel)
        reply = await self.rig.call(stub.ListReviews, sales_pb.ListReviewsRequest(), self.rig.hq())
        return [(one.flag, one.subject) for one in reply.reviews if one.flag == "UNITS_TAKEN_BACK"]


def sold_line(number: int = 1, quantity: int = 3, listed: int = 9000, sku: str = "COAT", **more: Any) -> Any:
    """Coats, 3,000 each."""
    return fact_line(number, sku, quantity, listed, **more)
