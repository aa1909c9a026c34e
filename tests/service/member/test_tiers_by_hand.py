"""Tiers and lots by hand, and tiers from elsewhere, over gRPC."""

import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

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


async def test_2_2_13_and_14_tiers_by_hand_and_from_elsewhere_over_grpc(member: Member) -> None:
    tiers, points = rpc.TierServiceStub(member.channel), points_rpc.PointsServiceStub(member.channel)
    hq = (await member.hq("admin", "service")).access_token
    put = points_pb.PutProgramRequest(request_id=new(), program=PROGRAM)
    await member.call(points.PutProgram, put, hq)
    shopper = (await member.enrol(await member.adviser(), phone="0912345678")).member_id

    def grant(tier: str = "gold", days: int = 10) -> pb.GrantTierRequest:
        ends = timestamp(member.clock() + timedelta(days=days))
        return pb.GrantTierRequest(
            request_id=new(), member_id=shopper, tier=tier, reason="opening party", expire_time=ends
        )

    for asked, reason in ((grant("platinum"), "TIER_UNKNOWN"), (grant(days=-1), "FIELD_INVALID")):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await member.call(tiers.GrantTier, asked, hq)
        assert refusal(refused.value) == reason
    end = pb.EndTierGrantRequest(request_id=new(), member_id=shopper, reason="by mistake")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await member.call(tiers.EndTierGrant, end, hq)
    assert refusal(refused.value) == "TIER_NOT_GRANTED"
    given = (await member.call(tiers.GrantTier, grant(), hq)).standing
    assert (given.tier, given.tier_source, given.qualifying_spend) == ("gold", member_pb2.TIER_SOURCE_GRANTED, 0)
    assert (await member.call(tiers.EndTierGrant, end, hq)).standing.tier == "basic"
    rows = [
        pb.ImportedTier(
            member_id=shopper,
            tier="gold",
            since_time=timestamp(member.clock() - timedelta(days=100)),
            valid_until_time=timestamp(member.clock() + timedelta(days=50)),
            opening_spend=31_000,
            opening_time=timestamp(member.clock() - timedelta(days=1)),
        ),
        pb.ImportedTier(member_id=new(), tier="gold", since_time=timestamp(member.clock())),
        pb.ImportedTier(member_id=shopper, tier="gold"),
    ]
    first, again = [
        await member.call(
            tiers.ImportTiers,
            pb.ImportTiersRequest(request_id=new(), source="old-crm", tiers=rows),
            hq,
        )
        for _ in range(2)
    ]
    assert (first.imported, first.known, again.imported, again.known) == (1, 0, 0, 1)
    assert [(one.row, one.field) for one in first.refused] == [(1, "member_id"), (2, "since_time")]
    stands = (await member.call(points.GetStanding, points_pb.GetStandingRequest(member_id=shopper), hq)).standing
    assert (stands.tier, stands.tier_source, stands.qualifying_spend) == (
        "gold",
        member_pb2.TIER_SOURCE_IMPORTED,
        31_000,
    )
    page = await member.call(tiers.ListTierChanges, pb.ListTierChangesRequest(member_id=shopper, page_size=2), hq)
    assert [(one.cause, one.reason) for one in page.changes] == [
        (tier_events_pb2.TIER_CAUSE_IMPORT, "old-crm"),
        (tier_events_pb2.TIER_CAUSE_GRANT_ENDED, "by mistake"),
    ]
    following = pb.ListTierChangesRequest(member_id=shopper, page_size=2, page_token=page.next_page_token)
    (oldest,) = (await member.call(tiers.ListTierChanges, following, hq)).changes
    assert (oldest.cause, oldest.reason, oldest.actor[:3]) == (tier_events_pb2.TIER_CAUSE_GRANT, "opening party", "hq:")
    await _lots_by_hand(member, points, shopper, hq)
    proof = audit_rpc.AuditServiceStub(member.channel)
    proved = await member.call(proof.Prove, audit_service_pb2.ProveRequest(), hq)
    ours = [check for check in proved.checks if check.name.startswith(("points.", "tiers."))]
    assert len(ours) >= 8
    assert [check.name for check in ours if check.drifts] == []


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
