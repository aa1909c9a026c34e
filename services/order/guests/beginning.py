"""How many orders a guest may begin that nobody has paid: looked at before each, and again where it is written."""

from collections import Counter
from collections.abc import Sequence

from kit import access, requests
from kit.access import Kind
from kit.postgres import Database, Tx
from services.order.checkout.store_placing import Beginning
from services.order.guests import domain, store_unpaid
from services.order.guests.domain import GuestUnpaid


def is_guest() -> bool:
    """Whether a guest asks, himself."""
    return access.current().kind is Kind.GUEST


async def allowed(db: Database) -> None:
    """Refuses a guest one more before anything is set aside for it; of others nothing is asked."""
    if is_guest():
        guest_id = access.current().id
        async with db.read() as tx:
            found = await store_unpaid.unpaid(tx, [guest_id])
        domain.may_begin(found.get(guest_id, 0))


async def refused(tx: Tx, asked: Sequence[Beginning]) -> dict[str, GuestUnpaid]:
    """Of these orders of guests the ones that are too many, also at once, by their ids; a repetition is none."""
    guests = [one.order.actor_id for one in asked]
    await store_unpaid.lock(tx, guests)
    unpaid = Counter(await store_unpaid.unpaid(tx, guests))
    found: dict[str, GuestUnpaid] = {}
    for one in asked:
        try:
            domain.may_begin(unpaid[one.order.actor_id])
            unpaid[one.order.actor_id] += 1
        except GuestUnpaid as fault:
            if await requests.find(tx, one.request) is None:
                found[one.order.order_id] = fault
    return found
