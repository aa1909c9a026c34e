"""Protobuf to and from campaigns, and from what happens elsewhere to occasions."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from asyncpg import Record

from kit import fields
from kit.errors import invalid
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import campaigns_pb2 as pb
from omo.member.v1 import campaigns_service_pb2 as service
from omo.member.v1 import engagement_events_pb2 as events
from omo.order.v1 import order_events_pb2
from omo.type.v1 import trade_pb2
from services.member.campaigns import domain_lift
from services.member.campaigns.domain import Campaign, Goal, GoalKind, Reached, Trigger
from services.member.campaigns.domain_pickups import Pickup
from services.member.messages import wire as messages_wire

_NAME = 100


def campaign(message: pb.Campaign) -> Campaign:
    """A campaign as it was asked for."""
    if message.trigger not in pb.Trigger.values():
        raise invalid("campaign.trigger", f"must be one of {', '.join(one.name for one in Trigger)}")
    if message.goal.kind not in pb.GoalKind.values():
        raise invalid("campaign.goal.kind", f"must be one of {', '.join(one.name for one in GoalKind)}")
    return Campaign(
        fields.code("campaign.campaign_id", message.campaign_id),
        fields.text("campaign.name", message.name, _NAME),
        fields.code("campaign.template_id", message.template_id),
        fields.code("campaign.segment_id", message.segment_id) if message.segment_id else "",
        Trigger(message.trigger),
        _moment(message, "start_time"),
        _moment(message, "end_time"),
        message.every_days,
        message.days,
        messages_wire.minute("campaign.hour", message.hour) if message.hour else None,
        dict(message.params),
        messages_wire.channels("campaign.channels", message.channels),
        message.hold_out_bp,
        _goal(message.goal),
    )


def _goal(message: pb.Goal) -> Goal:
    kind, numbers = GoalKind(message.kind), (message.within_days, message.reward_points, message.hold_days)
    return Goal(kind, *numbers, message.staff_bonus)


def _moment(message: Any, name: str) -> datetime | None:
    return fields.moment(getattr(message, name), f"campaign.{name}") if message.HasField(name) else None


def campaign_message(kept: Campaign) -> pb.Campaign:
    """A campaign as it is told."""
    assert kept.update_time is not None, "what is kept has its time"
    found = pb.Campaign(
        campaign_id=kept.campaign_id,
        name=kept.name,
        template_id=kept.template_id,
        segment_id=kept.segment_id,
        trigger=pb.Trigger.ValueType(kept.trigger),
        every_days=kept.every_days,
        days=kept.days,
        hour=messages_wire.clock(kept.hour),
        params=kept.params,
        channels=kept.channels,
        hold_out_bp=kept.hold_out_bp,
        goal=_goal_message(kept.goal),
        state=pb.CampaignState.ValueType(kept.state),
        halt_reason=kept.halt_reason,
        version=kept.version,
        run=kept.run,
        update_time=fields.timestamp(kept.update_time),
    )
    for name in ("start_time", "end_time"):
        if (moment := getattr(kept, name)) is not None:
            getattr(found, name).CopyFrom(fields.timestamp(moment))
    return found


def _goal_message(goal: Goal) -> pb.Goal:
    return pb.Goal(
        kind=pb.GoalKind.ValueType(goal.kind),
        within_days=goal.within_days,
        reward_points=goal.reward_points,
        hold_days=goal.hold_days,
        staff_bonus=goal.staff_bonus,
    )


def results(entered: Record, told: Record, causes: Iterable[Record]) -> pb.CampaignResults:
    """What became of a campaign."""
    written = entered["entered"] - entered["held_out"]
    lift, error = domain_lift.lift(entered["reached"], written, entered["reached_held_out"], entered["held_out"])
    found = {row["cause"]: row["times"] for row in causes}
    return pb.CampaignResults(**dict(entered), **dict(told), lift_bp=lift, lift_error_bp=error, causes=found)


def mission(row: Record, now: datetime) -> service.Mission:
    """A mission as the member sees it."""
    state = Reached(row["state"])
    word = "MISSED" if state is Reached.OPEN and row["goal_end_time"] < now else state.name
    goal = Goal(GoalKind(row["goal_kind"]), row["goal_days"], row["reward_points"], row["hold_days"])
    return service.Mission(
        campaign_id=row["campaign_id"],
        name=row["name"],
        goal=_goal_message(goal),
        state=word,
        end_time=fields.timestamp(row["goal_end_time"]),
    )


def completed(found: Campaign, entry: Record, staff_code: str, now: datetime) -> events.MissionCompleted:
    """The event that a member did what a mission asked for."""
    event = events.MissionCompleted(
        mission_id=found.campaign_id,
        member_id=entry["person"],
        staff_code=staff_code,
        staff_bonus=found.goal.staff_bonus if staff_code else 0,
        order_id=entry["order_id"] or "",
    )
    event.meta.aggregate_id = entry["person"]
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event


def pickups(heard: Iterable[order_events_pb2.FulfilmentChanged]) -> list[Pickup]:
    """Parcels for somebody who comes for them."""
    found = [event.fulfilment for event in heard]
    return [
        Pickup(
            one.fulfilment_id,
            one.order_id,
            one.order_no,
            one.location_id,
            one.state,
            one.version,
            one.pickup_deadline_time.ToDatetime(UTC) if one.HasField("pickup_deadline_time") else None,
        )
        for one in found
        if one.method == trade_pb2.FULFILMENT_METHOD_COLLECT
    ]


def prices(heard: Iterable[catalogue_events_pb2.PriceListChanged]) -> list[tuple[str, str, int]]:
    """(list, SKU, version) of the prices that were announced."""
    lists = [event.price_list for event in heard]
    return sorted({(one.price_list_id, price.sku, one.version) for one in lists for price in one.prices})
