"""What a shopper who did not collect may not order for a while, by what every checkout looks up anyway."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx
from services.order.checkout.domain import Line, Method
from services.order.checkout.domain_delivery import Delivery
from services.order.checkout.domain_parts import COUNTER
from services.order.checkout.store_quotes import Opening
from services.order.noshows import store
from services.order.noshows.domain import PickupBarred, PrepayRequired


def allowed(opening: Opening, lines: Sequence[Line], delivery: Delivery | None, now: datetime) -> None:
    """Refuses an order to be collected by whom too much lay waiting for; what prices ask for anyway says it."""
    if opening.barred_until is None or opening.barred_until <= now:
        return
    if any(line.method is Method.COLLECT for line in lines) or (delivery and delivery.collect_location_id):
        until = opening.barred_until.isoformat(timespec="seconds")
        raise PickupBarred("too much was not collected: have it sent", until=until)


def must_prepay(opening: Opening, provider: str, now: datetime) -> None:
    """Refuses to be paid in the store by whom too much lay waiting there."""
    if provider == COUNTER:
        _prepay(opening.prepay_until, now)


async def may_pay_in_store(tx: Tx, member_id: str | None, now: datetime) -> None:
    """Refuses to lay something aside unpaid for whom too much lay waiting."""
    if member_id:
        _prepay(await store.prepay_until(tx, member_id), now)


def _prepay(until: datetime | None, now: datetime) -> None:
    if until and until > now:
        raise PrepayRequired("too much was not collected: pay as you order", until=until.isoformat(timespec="seconds"))
