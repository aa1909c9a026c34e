"""What guests may not have, how long their links live, and how often anybody may be wrong about one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain import Order
from services.order.checkout.domain_basket import Quote
from services.order.checkout.domain_parts import COUNTER

_GUEST = "guest"
LINK_LIVES = timedelta(days=90)
# wrong secrets from one network in so long, as codes to telephones are counted
MISSES = ((20, timedelta(hours=1)),)
KEPT = timedelta(hours=1)
# a guest's token and the payment of what he ordered last are over by then
UNTIL = timedelta(hours=1)
AGAIN = timedelta(minutes=5)
# goods wait for each of them
MOST_UNPAID = 3
# Member forgets a guest's contact after 120 days at the least; a month of these to bring it, a month to take it back.
RELEASED_WITHIN = timedelta(days=60)
# no claim comes any more, and what was sold is brought and back; as long as member keeps a guest by default
FORGOTTEN_AFTER = timedelta(days=180)


class GuestRefused(Fault):
    """It is for members."""

    code = Code.FAILED_PRECONDITION
    reason = "GUEST_REFUSED"


class GuestUnpaid(Fault):
    """He has ordered enough that nobody has paid: goods are kept for each."""

    code = Code.FAILED_PRECONDITION
    reason = "GUEST_UNPAID"


class GuestLinkInvalid(Fault):
    """Says neither whether there is such an order nor what became of it."""

    code = Code.NOT_FOUND
    reason = "GUEST_LINK_INVALID"


class GuestLinkLimited(Fault):
    """Too many secrets were wrong."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "GUEST_LINK_LIMITED"


def may_order(quote: Quote, contact_id: str, providers: Sequence[tuple[str, str]]) -> None:
    """Refuses what only members have, by the field that asks for it; `providers` are named by their fields."""
    if not contact_id:
        raise invalid("contact_id", "must be given: somebody must be reached about the order")
    wishes = {"spend_points": quote.points_spent, "spends": quote.spends, "coupon_codes": quote.coded}
    fields = [field for field, wished in wishes.items() if wished]
    fields += [field for field, name in providers if name == COUNTER]
    if fields:
        raise GuestRefused(f"{fields[0]}: sign in for that, or leave it out", field=fields[0])


def may_begin(unpaid: int) -> None:
    """Refuses one more, where so many wait to be paid."""
    if unpaid >= MOST_UNPAID:
        raise GuestUnpaid("pay or cancel what was ordered before, or sign in", open=unpaid)


def may_wait(quote: Quote, now: datetime) -> None:
    """Refuses what will be there only when nobody knows any more to whom it goes."""
    late = next((one for one in quote.preorders if one.release_time > now + RELEASED_WITHIN), None)
    if late is not None:
        release = late.release_time.isoformat(timespec="seconds")
        raise GuestRefused("lines: sign in for what is released so late", field="lines", sku=late.sku,
                           release_time=release)  # fmt: skip


def guest(order: Order) -> str | None:
    """The guest whose order it is, as long as it is no member's."""
    return order.actor_id if order.member_id is None and order.actor_kind == _GUEST else None


def owner(order: Order) -> str | None:
    """For whom contacts of this order are sealed: its member, or its guest."""
    return order.member_id or guest(order)
