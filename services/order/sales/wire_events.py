"""Store sales as events: cut so that a broker carries them, whole so that nobody has to put sales together."""

from collections.abc import Sequence
from typing import Any

from kit import fields
from omo.order.v1 import order_events_pb2
from omo.type.v1 import event_pb2, trade_pb2
from services.order.sales.domain import Flag
from services.order.sales.wire import Sale

_CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT
CUT = 48 * 1024
_MOST = 60 * 1024


def recorded(terminal_id: str, sales: Sequence[Sale]) -> list[order_events_pb2.SalesRecorded]:
    """The sales in as few events as the cut allows; the caller numbers them.

    A visit in which goods came back and none were sold is no purchase, and nobody is told of one.
    """
    sales = [sale for sale in sales if sale.lines or not sale.taken_back]
    events: list[Any] = []
    size = CUT
    for sale in sales:
        added = _fitted(sale.facts).ByteSize() + 6
        if size + added > CUT:
            events.append(order_events_pb2.SalesRecorded(terminal_id=terminal_id))
            size = 256  # what the envelope may take
        events[-1].sales.append(sale.facts)
        size += added
    for event, last in zip(events, _ends(events, sales), strict=True):
        event.meta.aggregate_id = terminal_id
        event.meta.business_time.CopyFrom(fields.timestamp(last.business_time))
    return events


def number(events: Sequence[order_events_pb2.SalesRecorded], last: int) -> None:
    """Gives the events the terminal's next numbers, the last of which is `last`."""
    for sequence, event in enumerate(events, last - len(events) + 1):
        event.meta.sequence = sequence


def flagged(sale: Sale, flags: Sequence[Flag], version: int, location_id: str) -> order_events_pb2.SaleFlagged:
    """Something about the sale needs a person."""
    meta = event_pb2.EventMeta(
        aggregate_id=sale.order_id, sequence=version, business_time=fields.timestamp(sale.business_time)
    )
    return order_events_pb2.SaleFlagged(meta=meta, order_id=sale.order_id, location_id=location_id, flags=flags)


def _fitted(facts: Any) -> Any:
    """A sale of thousands of lines leaves out what can be looked up: the units first, then who gave which discount."""
    for spare in (_without_units, _without_names):
        if facts.ByteSize() <= _MOST:
            break
        for line in facts.lines:
            spare(line)
    return facts


def _without_units(line: Any) -> None:
    line.ClearField("units")


def _without_names(line: Any) -> None:
    """From where a line comes that is not carried out is no name: somebody sends it from there."""
    line.ClearField("discounts")
    if line.method == _CARRY_OUT:
        line.ClearField("fulfilment_location_id")


def _ends(events: Sequence[Any], sales: Sequence[Sale]) -> list[Sale]:
    """The last sale of each event."""
    ends, place = [], 0
    for event in events:
        place += len(event.sales)
        ends.append(sales[place - 1])
    return ends
