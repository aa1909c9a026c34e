"""Work that waits for a person, and tills, as the API shows them."""

from collections.abc import Mapping, Sequence

from kit.schedules import Stuck
from omo.order.v1 import attention_service_pb2 as pb
from omo.order.v1 import tender_service_pb2 as till_pb
from services.order.checkout import wire
from services.order.payments.domain_interventions import Intervention, Verb
from services.order.payments.till import Outstanding

_VERBS = {verb: pb.InterventionVerb.Value(f"INTERVENTION_VERB_{verb}") for verb in Verb}
_LONGEST = 500


def attention(given: Stuck, orders: Mapping[str, str], verbs: Sequence[Verb]) -> pb.Attention:
    return pb.Attention(
        kind=given.kind,
        key=given.key,
        order_id=orders.get(given.key, ""),
        attempts=given.attempt,
        due_time=wire.timestamp(given.due_time),
        last_error=(given.last_error or "")[:_LONGEST],
        verbs=[_VERBS[verb] for verb in verbs],
    )


def intervention(given: Intervention) -> pb.Intervention:
    return pb.Intervention(
        intervention_id=given.intervention_id,
        kind=given.kind,
        key=given.key,
        verb=_VERBS[given.verb],
        reason=given.reason,
        actor_kind=given.actor_kind,
        actor_id=given.actor_id,
        business_time=wire.timestamp(given.business_time),
        last_error=given.last_error[:_LONGEST],
    )


def outstanding(given: Outstanding) -> till_pb.Outstanding:
    """What is between an order and the tills."""
    order, numbers = given.order, {f"{given.order.order_id}:{one.tender_no}" for one in given.charges}
    return till_pb.Outstanding(
        order_id=order.order_id,
        to_take=wire.money(given.to_take, order.currency),
        to_give=wire.money(given.to_give, order.currency),
        tenders=[one for one in wire.tenders(order) if one.tender_id in numbers],
        movements=wire.journal(given.movements, order.order_id, order.currency),
    )
