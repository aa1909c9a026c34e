"""The brand's terms of return between protobuf and order."""

from omo.order.v1 import returns_pb2 as messages
from services.order.returns.domain_policy import DeliveryBack, Partial, Terms
from services.order.returns.domain_refunds import TenderOrder


def terms(given: messages.ReturnPolicy, version: int) -> Terms:
    """The brand's terms as their author wrote them."""
    name = messages.TenderOrder.Name(given.tender_order).removeprefix("TENDER_ORDER_")
    partial = messages.PartialReturn.Name(given.partial).removeprefix("PARTIAL_RETURN_")
    back = messages.DeliveryBack.Name(given.delivery_back).removeprefix("DELIVERY_BACK_")
    return Terms(
        version,
        given.days,
        dict(given.category_days),
        dict(given.tier_days),
        TenderOrder(name) if given.tender_order else TenderOrder.VALUE_FIRST,
        given.credit_choice,
        given.unverified_cap,
        given.authorise,
        given.withhold,
        given.points_seconds,
        given.repeat_limit,
        given.coupon_back,
        given.late_seconds,
        Partial(partial) if given.partial else Partial.KEEP,
        given.restocking_bp,
        given.return_shipping,
        tuple(given.free_reasons),
        DeliveryBack(back) if given.delivery_back else DeliveryBack.WHOLE,
        given.announced_only,
    )


def policy(given: Terms) -> messages.ReturnPolicy:
    """The terms in force."""
    return messages.ReturnPolicy(
        version=given.version,
        days=given.days,
        category_days=given.category_days,
        tier_days=given.tier_days,
        tender_order=messages.TenderOrder.Value(f"TENDER_ORDER_{given.tender_order}"),
        credit_choice=given.credit_choice,
        unverified_cap=given.unverified_cap,
        authorise=given.authorise,
        withhold=given.withhold,
        points_seconds=given.points_seconds,
        repeat_limit=given.repeat_limit,
        coupon_back=given.coupon_back,
        late_seconds=given.late_seconds,
        partial=messages.PartialReturn.Value(f"PARTIAL_RETURN_{given.partial}"),
        restocking_bp=given.restocking_bp,
        return_shipping=given.return_shipping,
        free_reasons=given.free_reasons,
        delivery_back=messages.DeliveryBack.Value(f"DELIVERY_BACK_{given.delivery_back}"),
        announced_only=given.announced_only,
    )
