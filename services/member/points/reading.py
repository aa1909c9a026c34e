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
from services.member.points import domain, store, store_lots, store_returns, store_units
from services.member.points.domain import CancelledRun, ReturnedRun
from services.member.tiers import deciding
from services.member.tiers import store as tiers_store
from services.member.tiers import wire as tiers_wire
from services.member.tiers.domain_progress import progress


async def require_member(tx: Tx, member_id: str) -> None:
    """Raises MemberUnknown for an id that nobody has."""
    if not await store.known(tx, member_id):
        raise _unknown(member_id)


def _unknown(member_id: str) -> domain.MemberUnknown:
    return domain.MemberUnknown("no member has that id", member_id=member_id, field="member_id")


async def standing(tx: Tx, member_id: str, now: datetime, zone: ZoneInfo) -> member_pb2.Standing:
    """Points and tier of a member, and how far he is from the next one; raises MemberUnknown."""
    balance = await store.balance_of(tx, member_id)
    if balance is None:
        raise _unknown(member_id)
    meant, program = balance.member_id, await store.program(tx)
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
    gone += await store_returns.returned(tx, order_ids)
    return [_unit(unit, found.get((unit.order_id, unit.line_no), []), gone) for unit in asked]


def _unit(
    unit: unit_pb2.UnitRef, found: Sequence[tuple[Any, int]], gone: Sequence[CancelledRun | ReturnedRun]
) -> pb.UnitPoints:
    if not found:
        return pb.UnitPoints(unit=unit)
    lots = [lot for lot, _ in found]
    left = _left(unit, lots[0], [run for run in gone if (run.order_id, run.line_no) == (unit.order_id, unit.line_no)])
    # several rules may have given points: what waits longest says where they are
    state = pb.POINTS_LOT_STATE_REVERSED if left else min(_state(lot) for lot in lots)
    rules = ", ".join(dict.fromkeys(lot["rule_version"] for lot in lots))
    points = sum(points for _, points in found)
    described = pb.UnitPoints(unit=unit, line_points_earned=points, state=state, rule_version=rules)
    times = [lot["activate_time"] for lot in lots]
    if all(times):
        described.activate_time.CopyFrom(fields.timestamp(max(times)))
    return described


def _left(unit: unit_pb2.UnitRef, lot: Any, gone: Sequence[CancelledRun | ReturnedRun]) -> bool:
    """Whether somebody gave it up or brought it back; of a good sold by measure, all of it."""
    measure = dict(zip(lot["line_nos"], lot["line_measures"], strict=False)).get(unit.line_no, 0)
    parts = [run.measure for run in gone if run.measure]
    if parts and sum(parts) < measure:
        return False
    return any(run.first <= unit.first <= unit.last <= run.last for run in gone)


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
