"""Who may see which credits: advisers their own, managers those of their stores and their staff, headquarters all."""

from collections.abc import Sequence

from kit import access
from kit.access import Kind
from kit.postgres import Tx
from services.attribution.credit import store_sight
from services.attribution.credit.domain import Credit


async def seen(tx: Tx, entries: Sequence[Credit]) -> list[Credit]:
    """The entries that the caller may see."""
    principal = access.current()
    if principal.kind is not Kind.STAFF:
        return list(entries)
    if "manager" not in principal.roles:
        return [entry for entry in entries if entry.beneficiary == principal.staff_code]
    places = principal.location_ids
    orders = await store_sight.orders_of(tx, sorted({entry.order_id for entry in entries}), places)
    staff = await store_sight.staff_of(tx, sorted({entry.beneficiary for entry in entries}), places)
    own = {principal.staff_code, *places, *staff}
    return [
        entry
        for entry in entries
        if entry.order_id in orders or entry.beneficiary in own or entry.driven_location_id in places
    ]
