"""What is asked about points: a member's standing, and what units earned."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kit import fields
from kit.postgres import Tx
from omo.member.v1 import member_pb2
from omo.member.v1 import points_service_pb2 as pb
from omo.type.v1 import unit_pb2
from services.member.points import domain, store, store_lots, store_units
from services.member.points.domain import CancelledRun, ReturnedRun
from services.member.tiers import deciding
from services.member.tiers import store as tiers_store
from services.member.tiers import wire as tiers_wire
from services.member.tiers.domain_progress import progress


async def require_member(tx: Tx, member_id: str) -> None:
    """Raises MemberUnknown for an id that nobody has."""
    if not await store.known(tx, member_id):
        raise domain.MemberUnknown("no member has that id", member_id=member_id, field="member_id")


async def standing(tx: Tx, member_id: str, now: datetime, zone: ZoneInfo) -> member_pb2.Standing:
    """Points and tier of a member, and how far he is from the next one; raises MemberUnknown."""
    await require_member(tx, member_id)
    meant = (await store.resolve(tx, [member_id]))[member_id]
    balance = await store.balance(tx, meant)
    program = await store.program(tx)
    counted = (await tiers_store.counted(tx, [meant]))[meant]
    rules = (await deciding.rules(tx, program, zone, [meant]))[meant]
    held = deciding.state(balance)
    return tiers_wire.standing(balance, held, progress(rules, held, counted, now))


async def units(tx: Tx, asked: Sequence[unit_pb2.UnitRef]) -> list[pb.UnitPoints]:
    """What each unit's line earned, and where those points are."""
    found: dict[tuple[str, int], list[tuple[Any, int]]] = defaultdict(list)
    order_ids = sorted({unit.order_id for unit in asked})
    for lot in await store_lots.of_orders(tx, order_ids):
        for line_no, points in zip(lot["line_nos"], lot["line_points"], strict=True):
            found[lot["order_id"], line_no].append((lot, points))
    gone: list[CancelledRun | ReturnedRun] = [*await store_units.cancelled(tx, order_ids)]
    gone += await store_units.returned(tx, order_ids)
    return [_unit(unit, found.get((unit.order_id, unit.line_no), []), gone) for unit in asked]


def _unit(
    unit: unit_pb2.UnitRef, found: Sequence[tuple[Any, int]], gone: Sequence[CancelledRun | ReturnedRun]
) -> pb.UnitPoints:
    if not found:
        return pb.UnitPoints(unit=unit)
    lots = [lot for lot, _ in found]
    left = any(
        (run.order_id, run.line_no) == (unit.order_id, unit.line_no)
        and run.first <= unit.first <= unit.last <= run.last
        for run in gone
    )
    # several rules may have given points: what waits longest says where they are
    state = pb.POINTS_LOT_STATE_REVERSED if left else min(_state(lot) for lot in lots)
    rules = ", ".join(dict.fromkeys(lot["rule_version"] for lot in lots))
    points = sum(points for _, points in found)
    described = pb.UnitPoints(unit=unit, line_points_earned=points, state=state, rule_version=rules)
    times = [lot["activate_time"] for lot in lots]
    if all(times):
        described.activate_time.CopyFrom(fields.timestamp(max(times)))
    return described


def _state(lot: Any) -> pb.PointsLotState.ValueType:
    if lot["pending"]:
        return pb.POINTS_LOT_STATE_PENDING
    if lot["active"] or lot["held"]:
        return pb.POINTS_LOT_STATE_ACTIVE
    if lot["reversed"]:
        return pb.POINTS_LOT_STATE_REVERSED
    if lot["expired_points"]:
        return pb.POINTS_LOT_STATE_EXPIRED
    return pb.POINTS_LOT_STATE_ACTIVE
