"""What a basket would cost."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.baskets import Coupons, Lines, OrderLine, Points, RefusedGifts, Totals
from gateway.http.shapes.deliveries import Delivery
from gateway.http.shapes.fields import Asked, ChannelId, Money, QuoteId, Shown, Time, eg, price
from gateway.http.shapes.freight import ShippingCharge
from gateway.http.shapes.invoiced import InvoiceBuyer
from gateway.http.shapes.wallet import Spends, Used
from kit.access import Kind
from omo.order.v1 import order_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Orders"])


class AskQuote(Asked):
    """A basket; signed in, the member's tier counts."""

    channel_id: ChannelId = "web"
    lines: Lines
    coupon_codes: Coupons = []
    spend_points: Points = 0
    spends: Spends = []
    refused_gifts: RefusedGifts = []
    delivery: Annotated[
        Delivery | None, eg(None, "How shipped lines would go, which may cost something; none: the ordinary way.")
    ] = None
    invoice: Annotated[InvoiceBuyer | None, eg(None, "What the buyer says about his electronic invoice.")] = None


class SkippedRule(Shown):
    """A rule that was looked at and gave nothing."""

    rule_id: Annotated[str, eg("gold-only")]
    reason: Annotated[str, eg("tier")]


class Quote(Shown):
    """A priced basket; its price is honoured until `expire_time`."""

    quote_id: QuoteId
    lines: list[OrderLine]
    totals: Totals
    expire_time: Time | None
    catalogue_version: Annotated[int, eg(41)]
    price_list_version: Annotated[int, eg(7)]
    rules_version: Annotated[str, eg("12")]
    skipped_rules: list[SkippedRule]
    points_spent: Annotated[int, eg(0)]
    points_value: Annotated[Money | None, price(0)]
    spends: Annotated[list[Used], eg([], "What an order would use of what was offered.")]
    amount_due: Annotated[Money | None, price(12160, "What is left for a payment provider.")]
    shipping_charge: Annotated[
        ShippingCharge | None, eg(None, "What bringing shipped lines costs; an order by this quote goes the same way.")
    ]


class QuoteAnswer(Shown):
    """One quote."""

    quote: Quote


@router.post("/v1/quotes", operation_id="quote", response_model=QuoteAnswer)
async def quote(body: AskQuote, ask: Asking) -> Response:
    """Prices a basket for ten minutes, for members and for guests; nothing is held.

    A guest's quote is at everybody's prices, and is no member's to order by: who signs in asks for one anew.
    """
    member_id = ask.me if ask.principal.kind is Kind.MEMBER else ""
    request = translation.fill(pb.QuoteRequest(member_id=member_id), body)
    return asking.answer(QuoteAnswer, await ask(ask.to.orders.Quote, request))
