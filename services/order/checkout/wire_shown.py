"""Orders with what is shown beside them: who fulfils them, and what of them never comes."""

from omo.order.v1 import order_pb2
from services.order.checkout import wire
from services.order.checkout.domain import Order
from services.order.checkout.fulfilling import Shown


def beside(order: Order, shown: Shown) -> order_pb2.Order:
    """The order as the API shows it, fulfilment and all."""
    message = wire.order(order, shown.fulfilments, shown.pickup_pin)
    message.attention.extend(shown.attention)
    message.news.extend(shown.news)
    for line in message.lines:
        line.cancelled_units.extend(shown.cancelled.get(line.line_no, ()))
        if line.line_no in shown.backordered:
            line.backordered.CopyFrom(shown.backordered[line.line_no])
    return message
