"""Where goods may come back to, and where they may be sent on to from a drop point."""

from kit import access
from kit.access import Kind
from kit.errors import invalid
from kit.postgres import Tx
from services.order.returns import store
from services.order.returns.domain import Return, ReturnNotAnnounced
from services.order.returns.domain_places import DROP_POINT, VIRTUAL
from services.order.returns.domain_policy import Terms

_THERE = (Kind.STAFF, Kind.DEVICE)


async def takes(tx: Tx, location_id: str) -> str:
    """The kind of a place to which goods come back; refuses a drop point that is closed, and what nobody knows.

    Whoever stands there has it in his token, whether or not its news have come: of that the kind is empty.
    """
    place = await store.place(tx, location_id)
    if place is None:
        if access.current().kind in _THERE:
            return ""
        raise invalid("location_id", "must be a location of the brand")
    kind, active = place
    if kind == DROP_POINT and not active:
        raise invalid("location_id", f"must be a place that takes goods back: the drop point {location_id} is closed")
    return kind


def announced(kind: str, location_id: str, terms: Terms, *, counter: bool) -> None:
    """Refuses what a drop point may not begin by itself: what nobody asked for, where the brand's terms say so.

    A `counter` sells and hands money out, which no drop point does.
    """
    if kind != DROP_POINT:
        return
    if counter:
        raise invalid("location_id", f"must be a store: {location_id} is a drop point, which sells and pays nothing")
    if terms.announced_only and access.current().kind in _THERE:
        raise ReturnNotAnnounced("its shopper asks to return it first", location_id=location_id)


def stands(given: Return) -> None:
    """Refuses staff and terminals whose place is not that of a return's goods."""
    if access.current().kind in _THERE:
        access.require_location(given.location_id)


async def partner(tx: Tx) -> bool:
    """Whether the caller stands at drop points and nowhere else: he decides nothing for the brand."""
    who = access.current()
    return who.kind in _THERE and bool(who.location_ids) and await store.drop_points(tx, who.location_ids)


async def looks(tx: Tx, field: str, location_id: str) -> None:
    """Refuses a place where nobody can look at what a drop point sends on."""
    place = await store.place(tx, location_id)
    if place is None or not place[1] or place[0] in (DROP_POINT, VIRTUAL):
        raise invalid(field, "must be a store, an outlet or a warehouse that is open")
