"""No-shows and the brand's terms of them between protobuf and the domain."""

from datetime import datetime

from kit import fields
from kit.access import Principal
from kit.errors import invalid
from omo.order.v1 import noshow_service_pb2 as pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.type.v1 import event_pb2, money_pb2
from services.order.checkout import wire_actors
from services.order.noshows.domain import Appeal, Measure, NoShow, Policy, Step


def policy(given: pb.NoShowPolicy) -> Policy:
    """What headquarters want."""
    steps = tuple(
        Step(one.count, _measure(place, one.measure), one.days, one.fee) for place, one in enumerate(given.steps)
    )
    return Policy(0, given.window_days, given.grace_days, steps)


def _measure(place: int, given: pb.NoShowMeasure.ValueType) -> Measure:
    if given == pb.NO_SHOW_MEASURE_UNSPECIFIED or given not in pb.NoShowMeasure.values():
        raise invalid(f"policy.steps[{place}].measure", "must be one of the measures")
    return Measure(pb.NoShowMeasure.Name(given).removeprefix("NO_SHOW_MEASURE_"))


def appeal_state(given: pb.AppealState.ValueType) -> Appeal:
    """Nothing said: those that wait."""
    if given == pb.APPEAL_STATE_UNSPECIFIED:
        return Appeal.OPEN
    return Appeal(pb.AppealState.Name(given).removeprefix("APPEAL_STATE_"))


def shown_policy(given: Policy) -> pb.NoShowPolicy:
    return pb.NoShowPolicy(
        version=given.version,
        window_days=given.window_days,
        grace_days=given.grace_days,
        steps=[
            pb.NoShowStep(count=one.count, measure=measure(one.measure), days=one.days, fee=one.fee)
            for one in given.steps
        ],
    )


def measure(given: Measure) -> pb.NoShowMeasure.ValueType:
    return pb.NoShowMeasure.Value(f"NO_SHOW_MEASURE_{given}")


def in_force(given: dict[Measure, datetime]) -> list[pb.StandingMeasure]:
    return [
        pb.StandingMeasure(measure=measure(one), end_time=fields.timestamp(until))
        for one, until in sorted(given.items())
    ]


def noshow(given: NoShow, principal: Principal) -> pb.NoShow:
    """As this principal is shown it."""
    told = wire_actors.may_be_told(principal)
    return pb.NoShow(
        fulfilment_id=given.fulfilment_id,
        order_id=given.order_id,
        order_no=given.order_no,
        member_id=given.member_id,
        location_id=given.location_id,
        business_time=fields.timestamp(given.business_time),
        policy_version=given.policy_version,
        number=given.number,
        fee=money_pb2.Money(currency_code=given.currency, minor_units=given.fee),
        appeal=pb.AppealState.Value(f"APPEAL_STATE_{given.appeal or 'UNSPECIFIED'}"),
        appeal_reason=given.appeal_reason,
        appeal_time=fields.timestamp(given.appeal_time) if given.appeal_time else None,
        settled_by=given.settled_by,
        settle_reason=given.settle_reason,
        actor=wire_actors.actor(given.actor_kind, given.actor_id, given.actor_terminal_id) if told else None,
        reason=given.reason if told else "",
    )


def unclaimed(given: NoShow, at: datetime, *, waived: bool = False) -> events.PickupUnclaimed:
    """It was not collected; or counts no more."""
    meta = event_pb2.EventMeta(
        aggregate_id=given.fulfilment_id, sequence=2 if waived else 1, business_time=fields.timestamp(at)
    )
    return events.PickupUnclaimed(
        meta=meta,
        fulfilment_id=given.fulfilment_id,
        order_id=given.order_id,
        member_id=given.member_id,
        location_id=given.location_id,
        number=given.number,
        fee=given.fee,
        waived=waived,
    )
