"""Policies and suggestions as messages."""

from collections.abc import Mapping
from typing import Any

from kit.errors import invalid
from omo.inventory.v1 import planning_pb2 as pb
from services.inventory import wire as fields
from services.inventory.planning import domain_words
from services.inventory.planning.domain import Lot, LotLine, Policy, PolicyException, PolicyLane, Suggestion

_MOST = 1_000_000_000
# what sells next to nothing lasts for ages
_LONGEST = 10**12


def policy(given: pb.PlanningPolicy) -> Policy:
    """A policy that somebody wants; its version is given to it later."""
    if len(given.exceptions) > 500 or len(given.lanes) > 20_000:
        raise invalid("policy", "must have at most 500 exceptions and 20,000 lanes")
    found = Policy(
        horizon_weeks=fields.between("policy.horizon_weeks", given.horizon_weeks, 1, 26),
        history_weeks=fields.between("policy.history_weeks", given.history_weeks, 8, 156),
        display_minimum=fields.between("policy.display_minimum", given.display_minimum, 0, fields.LARGEST),
        lot_size=fields.between("policy.lot_size", given.lot_size, 1, fields.LARGEST),
        move_cost=fields.between("policy.move_cost", given.move_cost, 0, _MOST),
        least_gain=fields.between("policy.least_gain", given.least_gain, 0, _MOST),
        assumed_margin=fields.between("policy.assumed_margin", given.assumed_margin, 0, 100),
        online_weeks=fields.between("policy.online_weeks", given.online_weeks, 0, 26),
        exceptions=tuple(_exception(f"policy.exceptions[{n}]", one) for n, one in enumerate(given.exceptions)),
        lanes=tuple(_lane(f"policy.lanes[{n}]", one) for n, one in enumerate(given.lanes)),
    )
    if len({(one.from_location_id, one.to_location_id) for one in found.lanes}) < len(found.lanes):
        raise invalid("policy.lanes", "each way may be named once")
    return found


def _exception(path: str, given: pb.PlanningException) -> PolicyException:
    lists = {
        name: tuple(fields.code(f"{path}.{name}", one) for one in getattr(given, name))
        for name in ("skus", "product_ids", "categories", "location_ids")
    }
    display = lot = None
    if given.HasField("display_minimum"):
        display = fields.between(f"{path}.display_minimum", given.display_minimum, 0, fields.LARGEST)
    if given.HasField("lot_size"):
        lot = fields.between(f"{path}.lot_size", given.lot_size, 1, fields.LARGEST)
        if lists["location_ids"]:
            raise invalid(f"{path}.location_ids", "must be empty beside lot_size: a lot is the same wherever it goes")
    if display is None and lot is None:
        raise invalid(path, "must say display_minimum or lot_size")
    return PolicyException(**lists, display_minimum=display, lot_size=lot)


def _lane(path: str, given: pb.PlanningLane) -> PolicyLane:
    source = fields.code(f"{path}.from_location_id", given.from_location_id)
    target = fields.code(f"{path}.to_location_id", given.to_location_id)
    if source == target:
        raise invalid(f"{path}.to_location_id", "must be another place")
    move_cost = fields.between(f"{path}.move_cost", given.move_cost, 0, _MOST)
    trip_cost = fields.between(f"{path}.trip_cost", given.trip_cost, 0, _MOST)
    return PolicyLane(source, target, move_cost, trip_cost, given.closed)


def shown_policy(given: Policy) -> pb.PlanningPolicy:
    names = [name for name in pb.PlanningPolicy.DESCRIPTOR.fields_by_name if name not in ("exceptions", "lanes")]
    found = pb.PlanningPolicy(**{name: getattr(given, name) for name in names})
    for one in given.exceptions:
        found.exceptions.add(
            skus=one.skus,
            product_ids=one.product_ids,
            categories=one.categories,
            location_ids=one.location_ids,
            display_minimum=one.display_minimum,
            lot_size=one.lot_size,
        )
    for lane in given.lanes:
        found.lanes.add(
            from_location_id=lane.from_location_id,
            to_location_id=lane.to_location_id,
            move_cost=lane.move_cost,
            trip_cost=lane.trip_cost,
            closed=lane.closed,
        )
    return found


def run(given: Mapping[str, Any]) -> pb.PlanningRun:
    held = dict(given)
    held["milliseconds"] = thousandths(held.pop("seconds"))
    times = {"as_of_time": held.pop("as_of"), "start_time": held.pop("start_time"), "end_time": held.pop("end_time")}
    found = pb.PlanningRun(**held | {"state": pb.PlanningRunState.Value(f"PLANNING_RUN_STATE_{held['state']}")})
    for name, moment in times.items():
        if moment is not None:
            getattr(found, name).CopyFrom(fields.timestamp(moment))
    return found


def forecast(given: Mapping[str, Any]) -> pb.DemandForecast:
    held = dict(given)
    cover = held.pop("weeks_of_cover")
    held["demand_class"] = pb.DemandClass.Value(f"DEMAND_CLASS_{held['demand_class']}")
    mean, recent = held.pop("weekly_mean"), held.pop("recent_weekly")
    return pb.DemandForecast(
        **held,
        weekly_thousandths=thousandths(mean),
        recent_weekly_thousandths=thousandths(recent),
        cover_thousandths=None if cover is None else min(_LONGEST, thousandths(cover)),
    )


def gap(given: Mapping[str, Any]) -> pb.SizeGap:
    held = dict(given)
    return pb.SizeGap(weekly_lost_thousandths=thousandths(held.pop("weekly_lost")), **held)


def thousandths(given: float) -> int:
    """An estimate as the contract tells it: no field of ours is a floating number."""
    return round(given * 1000)


def suggestion(given: Suggestion) -> pb.TransferSuggestion:
    found = pb.TransferSuggestion(
        suggestion_id=given.suggestion_id,
        run_id=given.run_id,
        kind=pb.SuggestionKind.Value(f"SUGGESTION_KIND_{given.kind}"),
        allocation_id=given.allocation_id or "",
        state=pb.SuggestionState.Value(f"SUGGESTION_STATE_{given.state}"),
        rank=given.rank,
        sku=given.sku,
        from_location_id=given.from_location_id,
        to_location_id=given.to_location_id,
        quantity=given.quantity,
        expected_thousandths=thousandths(given.expected_units),
        expected_margin=given.expected_margin,
        move_cost=given.move_cost,
        gain=given.gain,
        why=domain_words.sentences(given.kind, given.why),
        decided_quantity=given.decided_quantity,
        transfer_id=given.transfer_id,
        decline_reason=given.decline_reason,
        version=given.version,
    )
    if given.decide_time is not None:
        found.decide_time.CopyFrom(fields.timestamp(given.decide_time))
        found.actor.CopyFrom(fields.actor(given.actor_kind, given.actor_id, given.actor_terminal_id))
    return found


def lot_lines(given: list[pb.LotLine]) -> tuple[LotLine, ...]:
    """What a lot brings: each SKU once."""
    if not 1 <= len(given) <= 200:
        raise invalid("lines", "must be 1 to 200")
    found = tuple(
        LotLine(fields.code(f"lines[{n}].sku", one.sku), fields.quantity(f"lines[{n}].quantity", one.quantity))
        for n, one in enumerate(given)
    )
    if len({one.sku for one in found}) < len(found):
        raise invalid("lines", "each SKU may be named once")
    return found


def lot(given: Lot) -> pb.LotAllocation:
    found = pb.LotAllocation(
        allocation_id=given.allocation_id,
        state=pb.LotAllocationState.Value(f"LOT_ALLOCATION_STATE_{given.state}"),
        location_id=given.location_id,
        reference=given.reference,
        run_id=given.run_id,
        version=given.version,
    )
    for line in given.lines:
        found.lines.add(sku=line.sku, quantity=line.quantity, reserve=line.reserve, left_over=line.left_over)
    if given.create_time is not None:
        found.create_time.CopyFrom(fields.timestamp(given.create_time))
    return found
