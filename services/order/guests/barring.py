"""What a guest may not order: asked of every order, and answered without a question to anybody."""

from datetime import datetime

from kit import access
from kit.access import Kind
from services.order.checkout import domain_placing
from services.order.checkout.domain_basket import Quote
from services.order.checkout.domain_placing import Placing
from services.order.guests import domain


def allowed(wish: Placing, quote: Quote, now: datetime) -> None:
    """Refuses a guest what only members have; what is added to his order by others must reach him as well."""
    who = access.current()
    if who.kind is Kind.GUEST:
        providers = domain_placing.providers(wish, quote) if quote.due else ()
        domain.may_order(quote, wish.contact_id, providers)
    if who.actor.kind is Kind.GUEST:
        domain.may_wait(quote, now)
