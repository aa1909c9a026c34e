"""Units that wait for goods, between protobuf and the domain."""

import uuid
from collections.abc import Mapping, Sequence

from kit import fields
from omo.inventory.v1.supply_events_pb2 import BackorderChanged
from omo.order.v1 import order_pb2
from services.order.fulfilment.domain_waiting import Waiting, Word


def words(events: Sequence[BackorderChanged]) -> list[Word]:
    """What is said of orders; of what else waits, order knows nothing."""
    return [_word(event) for event in events if _is_order(event.backorder.order_id)]


def _word(event: BackorderChanged) -> Word:
    given = event.backorder
    until = fields.moment(given.promise_time) if given.HasField("promise_time") else None
    return Word(
        str(uuid.UUID(given.order_id)), given.line_no, given.sku, given.location_id, given.quantity, until,
        event.meta.sequence,
    )  # fmt: skip


def _is_order(order_id: str) -> bool:
    try:
        return bool(uuid.UUID(order_id))
    except ValueError:
        return False


def shown(given: Mapping[int, Waiting]) -> dict[int, order_pb2.BackorderedUnits]:
    """By line."""
    return {
        line_no: order_pb2.BackorderedUnits(
            quantity=one.quantity,
            promise_time=fields.timestamp(one.promise_time) if one.promise_time else None,
        )
        for line_no, one in given.items()
    }
