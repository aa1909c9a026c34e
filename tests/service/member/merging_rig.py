"""People who may be one person: what they have, and how tests make them one and two again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit import audit
from kit.inbox import Event, Inbox
from omo.audit.v1 import audit_service_pb2
from omo.member.v1 import member_pb2, merging_pb2
from omo.member.v1 import merging_service_pb2 as pb
from omo.member.v1 import merging_service_pb2_grpc as rpc
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import trade_pb2
from tests.service.member.conftest import Member

# follows from MemberEnrolled, which nobody carries from the outbox to the service itself here
_UNHEARD = {"segments.everybody_has_facts"}


def new() -> str:
    return str(uuid.uuid4())


@dataclass(slots=True)
class Desk:
    """The service desk, and what it does with members."""

    member: Member
    token: str

    @property
    def merging(self) -> rpc.MergeServiceStub:
        return rpc.MergeServiceStub(self.member.channel)

    async def preview(self, one: str, other: str, token: str = "") -> merging_pb2.MergePreview:
        request = pb.PreviewMergeRequest(member_id=one, other_member_id=other)
        reply = await self.member.call(self.merging.PreviewMerge, request, token or self.token)
        return reply.preview  # type: ignore[no-any-return]

    async def merge(self, one: str, other: str, token: str = "", **told: Any) -> merging_pb2.Merge:
        request = pb.MergeMembersRequest(
            **{"request_id": new(), "member_id": one, "other_member_id": other, "reason": "SAME_PERSON", **told}
        )
        reply = await self.member.call(self.merging.MergeMembers, request, token or self.token)
        return reply.merge  # type: ignore[no-any-return]

    async def undo(self, merge_id: str, orders: Sequence[str] = ()) -> merging_pb2.Merge:
        request = pb.UndoMergeRequest(request_id=new(), merge_id=merge_id, order_ids=orders, reason="TWO_PEOPLE")
        reply = await self.member.call(self.merging.UndoMerge, request, self.token)
        return reply.merge  # type: ignore[no-any-return]

    async def candidates(self, token: str = "") -> list[merging_pb2.MergeCandidate]:
        request = pb.ListMergeCandidatesRequest()
        reply = await self.member.call(self.merging.ListMergeCandidates, request, token or self.token)
        return list(reply.candidates)

    async def standing(self, member_id: str) -> member_pb2.Standing:
        stub = points_rpc.PointsServiceStub(self.member.channel)
        request = points_pb.GetStandingRequest(member_id=member_id)
        return (await self.member.call(stub.GetStanding, request, self.token)).standing  # type: ignore[no-any-return]

    async def points(self, member_id: str) -> tuple[int, int, int, int, int]:
        """Pending, active, held, spent, debt."""
        one = await self.standing(member_id)
        return one.points_pending, one.points_active, one.points_held, one.points_spent, one.points_debt

    async def hear(self, *events: Any) -> None:
        """As the service's own consumer hears them."""
        inbox = Inbox("member", self.member.parts.ears())
        for event in events:
            event.meta.event_id = new()
        async with self.member.db.transaction() as tx:
            await inbox.take(tx, [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in events])

    async def sold(self, member_id: str, net: int, at: datetime | None = None, spent: int = 0) -> str:
        """A store sale that was carried out; gives its id."""
        order_id = new()
        await self.hear(sale(order_id, member_id, net, at or self.member.clock(), spent))
        return order_id

    async def hold(self, order_id: str, member_id: str, points: int) -> None:
        wallet = points_rpc.WalletServiceStub(self.member.channel)
        request = points_pb.HoldRequest(request_id=order_id, member_id=member_id, points=points)
        await self.member.call(wallet.Hold, request, await self.member.service("order"))

    async def release(self, order_id: str, member_id: str) -> None:
        wallet = points_rpc.WalletServiceStub(self.member.channel)
        request = points_pb.ReleaseRequest(request_id=order_id, hold_id=order_id, member_id=member_id, reason="undo")
        await self.member.call(wallet.Release, request, await self.member.service("order"))

    async def proved(self) -> None:
        """Every ledger of the service adds up, and every merge stands as it should."""
        checks = [check for room in self.member.parts.rooms for check in room.checks if check.name not in _UNHEARD]

        async def nothing() -> int:
            return 0

        proof = audit.AuditServicer(self.member.db, self.member.clock, checks, nothing)
        reply = await proof.Prove(audit_service_pb2.ProveRequest(), None)
        drifts = [f"{check.name}: {drift.subject}, expected {drift.expected}, found {drift.found}"
                  for check in reply.checks for drift in check.drifts]  # fmt: skip
        assert not drifts, "; ".join(drifts)


async def desk(member: Member, pending_days: int = 0) -> Desk:
    """With the demo brand's program: 1 point for 10, tiers to gold."""
    tiers = [
        member_pb2.Tier(tier=name, min_spend=floor, valid_days=365, earn_multiplier_bp=10_000)
        for name, floor in (("basic", 0), ("silver", 10_000), ("gold", 30_000))
    ]
    program = member_pb2.Program(
        amount_per_point=10, point_value=1, pending_days=pending_days, expire_days=365, qualifying_days=365, tiers=tiers
    )
    stub = points_rpc.PointsServiceStub(member.channel)
    request = points_pb.PutProgramRequest(request_id=new(), program=program)
    await member.call(stub.PutProgram, request, await member.service("operator"))
    return Desk(member, (await member.hq("service")).access_token)


def sale(order_id: str, member_id: str, net: int, at: datetime, spent: int = 0) -> order_events_pb2.SalesRecorded:
    facts = order_facts_pb2.OrderFacts(order_id=order_id, member_id=member_id, currency_code="TWD", points_spent=spent)
    method = trade_pb2.FULFILMENT_METHOD_CARRY_OUT
    facts.lines.add(line_no=1, sku="S", quantity=1, net_total=net, earn_base=net, method=method)
    facts.business_time.FromDatetime(at)
    event = order_events_pb2.SalesRecorded(sales=[facts])
    event.meta.aggregate_id = "T1"
    return event
