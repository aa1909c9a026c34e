"""What bringing goods costs, as quotes, carts and orders show it."""

from omo.order.v1 import shipping_fees_pb2 as pb
from omo.type.v1 import money_pb2
from services.order.checkout.domain_freight import Charge, State
from services.order.freight import wire as terms

_STATES = {state: pb.ShippingChargeState.Value(f"SHIPPING_CHARGE_STATE_{state}") for state in State}


def charge(given: Charge, currency: str, *, ended: bool = False) -> pb.ShippingCharge:
    """A fee; of an order that `ended` before it was taken nobody owes it."""
    state = State.RELEASED if ended and given.state is State.OWED else given.state
    return pb.ShippingCharge(
        fee_id=given.fee_id,
        version=given.version,
        way=terms.way(given.route.way),
        shipping_method=given.route.method,
        line_nos=given.line_nos,
        list_total=_money(given.list_total, currency),
        discounts=[
            pb.ShippingDiscount(rule_id=one.rule_id, rule_version=one.rule_version, amount=one.amount)
            for one in given.discounts
        ],
        net_total=_money(given.net_total, currency),
        tax_total=_money(given.tax_total, currency),
        total=_money(given.total, currency),
        state=_STATES[state],
    )


def _money(amount: int, currency: str) -> money_pb2.Money:
    return money_pb2.Money(currency_code=currency, minor_units=amount)
