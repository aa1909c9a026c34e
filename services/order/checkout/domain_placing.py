"""From a wish to an order that may begin: which quote is taken, and what is written before anybody is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kit.errors import Code, Fault, invalid
from services.order.checkout import domain_delivery, domain_freight, domain_parts
from services.order.checkout.domain import ChannelKind, Entry, Method, Order, State, TenderEntry
from services.order.checkout.domain_basket import Basket, Quote, QuoteExpired, QuoteMismatch
from services.order.checkout.domain_delivery import Delivery, Parked
from services.order.checkout.domain_parts import PROVIDER, TENDER, Part
from services.order.checkout.domain_saga import PAY_WITHIN, Checkout, Step
from services.order.checkout.domain_tenders import value_tenders
from services.order.invoices.domain import Buyer

_MAX_TEXT = 2048
_MAX_NAME = 64
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff]")


class StillPlaced(Fault):
    """The checkout of this order is at work right now."""

    code = Code.ABORTED
    reason = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Placing:
    """A wish to order: a quote to take as it stands, or a basket to price now."""

    basket: Basket
    quote_id: str | None
    provider: str
    instrument_token: str
    return_url: str
    contact_id: str = ""
    masked_name: str = ""
    cart_hold_id: str = ""
    staff_link_token: str = ""
    delivery: Delivery | None = None
    invoice: Buyer | None = None
    parts: tuple[Part, ...] = ()  # where it is paid by several payments: all of them, the one above first


def taken(wish: Placing, quote: Quote | None, expire_time: datetime | None, now: datetime) -> Quote:
    """The quote that the wish names, if it still holds and is this shopper's."""
    basket = wish.basket
    if quote is None or expire_time is None or expire_time <= now:
        raise QuoteExpired(
            "this quote is unknown, or its ten minutes have passed", quote_id=wish.quote_id, field="quote_id"
        )
    if quote.member_id != basket.member_id or (basket.channel_id and quote.channel_id != basket.channel_id):
        raise QuoteMismatch("this quote belongs to another member or channel", quote_id=wish.quote_id, field="quote_id")
    if basket.wants or basket.codes or basket.spend_points or basket.spends or basket.refused_gifts:
        raise QuoteMismatch(
            "lines, coupons, points and spends are the quote's: leave them out", quote_id=wish.quote_id, field="lines"
        )
    if quote.along and quote.along != basket.along:
        raise QuoteMismatch(
            "this quote is of what is added to an order that pays for the way: apply that change",
            quote_id=wish.quote_id, field="quote_id",
        )  # fmt: skip
    _same_way(wish, quote)
    return quote


def _same_way(wish: Placing, quote: Quote) -> None:
    """Refuses to bring goods in another way than the one whose fee was quoted."""
    asked = domain_freight.route(wish.delivery)
    if quote.route is None or quote.route == asked:
        return
    field = "shipping_method" if quote.route.way is asked.way else "collect_location_id"
    raise QuoteMismatch(
        f"this quote is of {quote.route.method} as {quote.route.way}: ask for one of the way that is wanted",
        quote_id=wish.quote_id,
        field=f"delivery.{field}",
    )


def order(
    wish: Placing,
    quote: Quote,
    order_id: str,
    order_no: str,
    now: datetime,
    actor: tuple[str, str, str],
    shipping: Mapping[str, int],
) -> Order:
    """The order as it begins: PENDING, its payment asked for and nothing promised."""
    if quote.due and not 1 <= len(wish.instrument_token) <= _MAX_TEXT:
        raise invalid("payment.instrument_token", "must be given where there is something to pay")
    _check_texts(wish)
    kind, identity, terminal_id = actor
    return Order(
        order_id=order_id,
        order_no=order_no,
        state=State.PENDING,
        channel_kind=ChannelKind.ONLINE,
        channel_id=quote.channel_id,
        business_time=now,
        currency=quote.currency,
        tax_included=quote.tax_included,
        totals=quote.totals,
        lines=quote.lines,
        tenders=_tenders(wish, quote, now),
        member_id=quote.member_id,
        points_spent=quote.points_spent,
        spends=quote.spends,
        freight=quote.freight,
        catalogue_version=quote.catalogue_version,
        price_list_version=quote.price_list_version,
        rules_version=quote.rules_version,
        contact_id=wish.contact_id,
        masked_name=masked(wish.masked_name),
        staff_link_token=wish.staff_link_token,
        delivery=_delivery(wish, quote, now, shipping),
        actor_kind=kind,
        actor_id=identity,
        actor_terminal_id=terminal_id,
    )


def _tenders(wish: Placing, quote: Quote, now: datetime) -> tuple[TenderEntry, ...]:
    """What each payment, and what value pays, is asked for."""
    total = quote.due
    parts = wish.parts if total else ()
    first = domain_parts.amounts(parts, total)[0] if parts else total
    asked = TenderEntry(TENDER, Entry.REQUESTED, PROVIDER, first, now, wish.provider)
    values = value_tenders(quote.spends, Entry.REQUESTED, now)
    more = domain_parts.requested(parts, total, len(values), now) if parts else ()
    return (*((asked,) if total else ()), *values, *more)


def _delivery(wish: Placing, quote: Quote, now: datetime, shipping: Mapping[str, int]) -> Delivery | None:
    """How goods go, and what of them waits; None where nothing is shipped and nothing waits."""
    asked = domain_delivery.checked(wish.delivery or Delivery(), now, shipping)
    ships = any(line.method is Method.SHIP for line in quote.lines)
    if not quote.preorders:
        return asked if ships else None
    parked = tuple(Parked(one.line_no, one.offer_id, one.release_time) for one in quote.preorders)
    return replace(asked if ships else Delivery(""), parked=parked)


def providers(wish: Placing, quote: Quote) -> list[tuple[str, str]]:
    """Who is asked for money, by the field that names him; a till only where the shopper comes to one."""
    named = [(f"payments[{place}].provider", part.provider) for place, part in enumerate(wish.parts)]
    found = named or [("payment.provider", wish.provider)]
    domain_parts.check_counter(found, quote.lines)
    return found


def masked(name: str) -> str:
    """A name as the store may see it; one that is masked already stays as it is.

    Whoever asks may send a whole name, which must not get into our rows and events.
    """
    compact = "".join(name.split())
    if _HAN.search(compact):
        last = compact[-1] if len(compact) > 2 else ""
        return compact[0] + "○" * max(1, len(compact) - 1 - len(last)) + last
    return " ".join(f"{word[0]}***" for word in name.split())


def _check_texts(wish: Placing) -> None:
    longest = {
        "payment.return_url": (wish.return_url, _MAX_TEXT),
        "staff_link_token": (wish.staff_link_token, _MAX_TEXT),
        "contact_id": (wish.contact_id, _MAX_NAME),
        "masked_name": (wish.masked_name, _MAX_NAME),
    }
    for place, part in enumerate(wish.parts):
        if not 1 <= len(part.instrument_token) <= _MAX_TEXT:
            raise invalid(f"payments[{place}].instrument_token", f"must have 1 to {_MAX_TEXT} characters")
        longest[f"payments[{place}].instrument_token"] = (part.instrument_token, _MAX_TEXT)
        longest[f"payments[{place}].return_url"] = (part.return_url, _MAX_TEXT)
    for field, (text, most) in longest.items():
        if len(text) > most:
            raise invalid(field, f"must have at most {most} characters")


def checkout(wish: Placing, begun: Order, principal: str, request_id: str) -> Checkout:
    """The saga row beside it."""
    return Checkout(
        order_id=begun.order_id,
        step=Step.PLACE,
        provider=wish.provider,
        instrument_token=wish.instrument_token,
        return_url=wish.return_url,
        cart_hold_id=wish.cart_hold_id,
        principal=principal,
        request_id=request_id,
        pay_until=begun.business_time + PAY_WITHIN,
        instruments=domain_parts.instruments(wish.parts, begun.tenders) if begun.due and wish.parts else (),
    )
