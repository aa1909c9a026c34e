"""Keeps goods for sale away from where a partner only takes goods back."""

from collections.abc import Sequence

from kit.errors import invalid
from kit.postgres import Tx
from services.inventory.catalogue import store_places

RETURNS_ONLY = "goods come there by returns only, which are sent on"


async def refuse(tx: Tx, named: Sequence[tuple[str, str]], rule: str = RETURNS_ONLY) -> None:
    """Refuses the first of these fields whose location is a drop point; `rule` says why it must not be one."""
    found = await store_places.drop_points(tx, [location_id for _, location_id in named]) if named else set()
    for field, location_id in named:
        if location_id in found:
            raise invalid(field, f"must not be a drop point, as {location_id} is: {rule}")
