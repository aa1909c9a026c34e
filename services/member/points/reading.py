"""What is asked about points: a member's standing, and what units earned."""

from collections.abc import Sequence
from typing import Any

from kit import fields
from kit.postgres import Tx
from omo.member.v1 import member_pb2
from omo.member.v1 import points_service_pb2 as pb
from omo.type.v1 import unit_pb2
from services.member.points import domain, store, store_lots, store_sales, store_units, wire
from services.member.points.domain import CancelledRun


async def require_member(tx: Tx, member_id: str) -> None:
    """Raises MemberUnknown for an id that nobody has."""
    if not await store.known(tx, member_id):
        raise domain.MemberUnknown("no member has that id", member_id=member_id, field="member_id")


async def standing(tx: Tx, member_id: str) -> member_pb2.Standing:
    """Points and tier of a member; raises MemberUnknown."""
    await require_member(tx, member_id)
    meant = (await store.resolve(tx, [member_id]))[member_id]
    balance = await store.balance(tx, meant)
    program = await store.program(tx)
    spend = await store_sales.spend(tx, [meant], program.qualifying_days)
    return wire.standing(balance, program, spend[meant][0] if meant in spend else 0)


async def units(tx: Tx, asked: Sequence[unit_pb2.UnitRef]) -> list[pb.UnitPoints]:
    """What each unit's line earned, and where those points are."""
    found: dict[tuple[str, int], Any] = {}
    for lot in await store_lots.of_orders(tx, sorted({unit.order_id for unit in asked})):
        for line_no, points in zip(lot["line_nos"], lot["line_points"], strict=True):
            found[lot["order_id"], line_no] = (lot, points)
    gone = await store_units.cancelled(tx, sorted({unit.order_id for unit in asked}))
    return [_unit(unit, found.get((unit.order_id, unit.line_no)), gone) for unit in asked]


def _unit(unit: unit_pb2.UnitRef, found: Any, gone: Sequence[CancelledRun]) -> pb.UnitPoints:
    if found is None:
        return pb.UnitPoints(unit=unit)
    lot, points = found
    given_up = any(
        (run.order_id, run.line_no) == (unit.order_id, unit.line_no)
        and run.first <= unit.first <= unit.last <= run.last
        for run in gone
    )
    state = pb.POINTS_LOT_STATE_REVERSED if given_up else _state(lot)
    described = pb.UnitPoints(unit=unit, line_points_earned=points, state=state, rule_version=lot["rule_version"])
    if lot["activate_time"]:
        described.activate_time.CopyFrom(fields.timestamp(lot["activate_time"]))
    return described


def _state(lot: Any) -> pb.PointsLotState.ValueType:
    if lot["pending"]:
        return pb.POINTS_LOT_STATE_PENDING
    if lot["active"] or lot["held"]:
        return pb.POINTS_LOT_STATE_ACTIVE
    if lot["reversed"]:
        return pb.POINTS_LOT_STATE_REVERSED
    if lot["expired"]:
        return pb.POINTS_LOT_STATE_EXPIRED
    return pb.POINTS_LOT_STATE_ACTIVE
