"""What bringing goods costs, between protobuf and order."""

from kit import fields
from kit.errors import invalid
from omo.order.v1 import shipping_fees_pb2 as pb
from services.order.freight.domain import Basis, Published, Rule, Step, Terms, Way

_WAYS = {
    pb.SHIPPING_FEE_WAY_DELIVERY: Way.DELIVERY,
    pb.SHIPPING_FEE_WAY_SHIP_TO_STORE: Way.SHIP_TO_STORE,
}
_BASES = {
    pb.SHIPPING_FEE_BASIS_FLAT: Basis.FLAT,
    pb.SHIPPING_FEE_BASIS_AMOUNT: Basis.AMOUNT,
    pb.SHIPPING_FEE_BASIS_QUANTITY: Basis.QUANTITY,
}
_TOLD_WAYS = {way: number for number, way in _WAYS.items()}
_TOLD_BASES = {basis: number for number, basis in _BASES.items()}


def terms(given: pb.ShippingFees) -> Terms:
    """Terms as their author wrote them; the version is the store's to give."""
    rules = tuple(_rule(f"fees.rules[{place}]", one) for place, one in enumerate(given.rules))
    return Terms(rules=rules, tax_class=given.tax_class)


def shown(given: Published) -> pb.ShippingFees:
    """A version, with who put it in force."""
    return pb.ShippingFees(
        version=given.terms.version,
        rules=map(_shown, given.terms.rules),
        tax_class=given.terms.tax_class,
        business_time=fields.timestamp(given.business_time) if given.business_time else None,
        reason=given.reason,
        actor_kind=given.actor_kind,
        actor_id=given.actor_id,
    )


def way(given: Way) -> pb.ShippingFeeWay.ValueType:
    return _TOLD_WAYS[given]


def _rule(path: str, given: pb.ShippingFeeRule) -> Rule:
    if given.way not in _WAYS:
        raise invalid(f"{path}.way", "must be DELIVERY or SHIP_TO_STORE")
    if given.basis not in _BASES:
        raise invalid(f"{path}.basis", "must be FLAT, AMOUNT or QUANTITY")
    return Rule(
        given.fee_id,
        _WAYS[given.way],
        _BASES[given.basis],
        tuple(Step(step.at_least, step.amount) for step in given.steps),
        tuple(given.shipping_methods),
        tuple(given.channels),
    )


def _shown(given: Rule) -> pb.ShippingFeeRule:
    return pb.ShippingFeeRule(
        fee_id=given.fee_id,
        way=_TOLD_WAYS[given.way],
        shipping_methods=given.methods,
        channels=given.channels,
        basis=_TOLD_BASES[given.basis],
        steps=[pb.ShippingFeeStep(at_least=step.at_least, amount=step.amount) for step in given.steps],
    )
