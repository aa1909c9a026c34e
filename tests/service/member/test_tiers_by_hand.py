"""Tiers and lots by hand, and tiers from elsewhere, over gRPC."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
import pytest_asyncio

from kit.fields import timestamp
from omo.audit.v1 import audit_service_pb2
from omo.audit.v1 import audit_service_pb2_grpc as audit_rpc
from omo.member.v1 import member_pb2, program_pb2, tier_events_pb2
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.member.v1 import tier_service_pb2 as pb
from omo.member.v1 import tier_service_pb2_grpc as rpc
from tests.service.member.conftest import Member, refusal


def new() -> str:
    return str(uuid.uuid4())


PROGRAM = member_pb2.Program(
    amount_per_point=10,
    point_value=1,
    qualifying_days=365,
    tiers=[
        member_pb2.Tier(tier=name, min_spend=floor, valid_days=365, earn_multiplier_bp=10_000)
        for name, floor in (("basic", 0), ("gold", 30_000))
    ],
    tier_policy=program_pb2.TierPolicy(metric=program_pb2.TIER_METRIC_SPEND, expiring_days=[30]),
)


@dataclass(slots=True)
class Desk:
    """Headquarters with one member before them."""

    member: Member
    hq: str
    shopper: str
    tiers: Any
    points: Any

    async def call(self, method: Any, request: Any) -> Any:
        return await self.member.call(method, request, self.hq)

    async def refused(self, method: Any, request: Any) -> str:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await self.call(method, request)
        return refusal(error.value)

    def grant(self, tier: str = "gold", days: int = 10) -> pb.GrantTierRequest:
        ends = timestamp(self.member.clock() + timedelta(days=days))
        told: dict[str, Any] = {"tier": tier, "reason": "opening party", "expire_time": ends}
        return pb.GrantTierRequest(request_id=new(), member_id=self.shopper, **told)


@pytest_asyncio.fixture
async def desk(member: Member) -> Desk:
    """With a program in force."""
    tiers, points = rpc.TierServiceStub(member.channel), points_rpc.PointsServiceStub(member.channel)
    hq = (await member.hq("admin", "service")).access_token
    await member.call(points.PutProgram, points_pb.PutProgramRequest(request_id=new(), program=PROGRAM), hq)
    shopper = (await member.enrol(await member.adviser(), phone="0912345678")).member_id
    return Desk(member, hq, shopper, tiers, points)


async def test_2_2_13_and_14_tiers_by_hand_and_from_elsewhere_over_grpc(desk: Desk) -> None:
    tiers = desk.tiers
    assert await desk.refused(tiers.GrantTier, desk.grant("platinum")) == "TIER_UNKNOWN"
    assert await desk.refused(tiers.GrantTier, desk.grant(days=-1)) == "FIELD_INVALID"
    end = pb.EndTierGrantRequest(request_id=new(), member_id=desk.shopper, reason="by mistake")
    assert await desk.refused(tiers.EndTierGrant, end) == "TIER_NOT_GRANTED"
    given = (await desk.call(tiers.GrantTier, desk.grant())).standing
    assert (given.tier, given.tier_source, given.qualifying_spend) == ("gold", member_pb2.TIER_SOURCE_GRANTED, 0)
    assert (await desk.call(tiers.EndTierGrant, end)).standing.tier == "basic"
    await _take_over(desk)
    page = await desk.call(tiers.ListTierChanges, pb.ListTierChangesRequest(member_id=desk.shopper, page_size=2))
    assert [(one.cause, one.reason) for one in page.changes] == [
        (tier_events_pb2.TIER_CAUSE_IMPORT, "old-crm"),
        (tier_events_pb2.TIER_CAUSE_GRANT_ENDED, "by mistake"),
    ]
    following = pb.ListTierChangesRequest(member_id=desk.shopper, page_size=2, page_token=page.next_page_token)
    (oldest,) = (await desk.call(tiers.ListTierChanges, following)).changes
    assert (oldest.cause, oldest.reason) == (tier_events_pb2.TIER_CAUSE_GRANT, "opening party")
    assert oldest.actor.startswith("hq:")
    await _lots_by_hand(desk.member, desk.points, desk.shopper, desk.hq)
    proved = await desk.call(audit_rpc.AuditServiceStub(desk.member.channel).Prove, audit_service_pb2.ProveRequest())
    ours = [check for check in proved.checks if check.name.startswith(("points.", "tiers."))]
    assert len(ours) >= 8
    assert [check.name for check in ours if check.drifts] == []


async def test_m12_older_versions_of_the_program_stay_readable(desk: Desk) -> None:
    put = points_pb.PutProgramRequest(request_id=new(), program=PROGRAM)
    put.program.point_value = 2
    assert (await desk.call(desk.points.PutProgram, put)).program.version == 2
    first = (await desk.call(desk.points.GetProgram, points_pb.GetProgramRequest(version=1))).program
    assert (first.version, first.point_value) == (1, 1)
    assert await desk.refused(desk.points.GetProgram, points_pb.GetProgramRequest(version=3)) == "PROGRAM_UNKNOWN"
    page = await desk.call(desk.points.ListProgramVersions, points_pb.ListProgramVersionsRequest(page_size=1))
    rest = points_pb.ListProgramVersionsRequest(page_size=1, page_token=page.next_page_token)
    versions = [*page.versions, *(await desk.call(desk.points.ListProgramVersions, rest)).versions]
    assert [(one.version, one.actor[:3]) for one in versions] == [(2, "hq:"), (1, "hq:")]


async def _take_over(desk: Desk) -> None:
    now = desk.member.clock()
    known: dict[str, Any] = {"member_id": desk.shopper, "tier": "gold"}
    dates: dict[str, Any] = {
        "since_time": timestamp(now - timedelta(days=100)),
        "valid_until_time": timestamp(now + timedelta(days=50)),
    }
    rows = [
        pb.ImportedTier(**known, **dates, opening_spend=31_000, opening_time=timestamp(now - timedelta(days=1))),
        pb.ImportedTier(member_id=new(), tier="gold", since_time=timestamp(now)),
        pb.ImportedTier(**known),
        pb.ImportedTier(**known, **dates, member_date="31 December"),
    ]
    first, again = [
        await desk.call(desk.tiers.ImportTiers, pb.ImportTiersRequest(request_id=new(), source="old-crm", tiers=rows))
        for _ in range(2)
    ]
    assert (first.imported, first.known, again.imported, again.known) == (1, 0, 0, 1)
    refused = [(one.row, one.field) for one in first.refused]
    assert refused == [(1, "member_id"), (2, "since_time"), (3, "member_date")]
    asked = points_pb.GetStandingRequest(member_id=desk.shopper)
    stands = (await desk.call(desk.points.GetStanding, asked)).standing
    assert (stands.tier, stands.tier_source) == ("gold", member_pb2.TIER_SOURCE_IMPORTED)
    assert (stands.qualifying_spend, stands.keep_tier_gap) == (31_000, 0)


async def _lots_by_hand(member: Member, points: Any, shopper: str, hq: str) -> None:
    adjust = points_pb.AdjustPointsRequest(request_id=new(), member_id=shopper, points=50, reason="goodwill")
    await member.call(points.AdjustPoints, adjust, hq)
    async with member.db.transaction() as tx:
        order = new()
        await tx.execute(
            "INSERT INTO points_lots SELECT member_id, $1, NULL, '{}', '{}', 7, 7, 0, 0, earn_time, NULL, NULL, 'x'"
            "  FROM points_lots",
            order,
        )
        await tx.execute("UPDATE points_balances SET pending = 7")
        await tx.execute(
            "INSERT INTO points_entries SELECT member_id, transfer_id, unnest('{1,4}'::smallint[]), $1,"
            " unnest('{7,-7}'::bigint[]) FROM points_transfers WHERE kind = 7",
            order,
        )
    listed = await member.call(points.ListLots, points_pb.ListLotsRequest(member_id=shopper, page_size=1), hq)
    rest = points_pb.ListLotsRequest(member_id=shopper, page_size=1, page_token=listed.next_page_token)
    lots = [*listed.lots, *(await member.call(points.ListLots, rest, hq)).lots]
    assert sorted((lot.pending, lot.active) for lot in lots) == [(0, 50), (7, 0)]
    waiting = next(lot.lot_id for lot in lots if lot.pending)
    for reason in ("", "LOT_UNKNOWN"):
        activate = points_pb.ActivateLotRequest(request_id=new(), member_id=shopper, lot_id=waiting, reason="promised")
        if reason:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await member.call(points.ActivateLot, activate, hq)
            assert refusal(refused.value) == reason
        else:
            assert (await member.call(points.ActivateLot, activate, hq)).standing.points_active == 57
    owed = await member.call(points.GetLiability, points_pb.GetLiabilityRequest(), hq)
    assert (owed.total_value, [month.active for month in owed.months]) == (57, [57])
