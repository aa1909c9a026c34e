"""What a place of a kind may do."""

from kit.errors import invalid
from services.inventory.catalogue.domain import Location

DROP_POINT = "DROP_POINT"
_NEVER = ("pickup", "ships", "sellable", "franchise", "web_orders_opt_in", "listed_only")


def check(before: Location | None, after: Location, path: str = "") -> Location:
    """The place as it is to be; refuses a drop point that would sell, send or hand out, naming the field behind `path`.

    What stood in a store for sale cannot be a drop point's from one moment to the next, nor the other way round, so
    either is what it is for good. A placeholder was never said to be anything.
    """
    if after.kind == DROP_POINT:
        for name in _NEVER:
            if getattr(after, name):
                raise invalid(f"{path}{name}", "must be false for a drop point, which only takes goods back")
        if after.daily_order_capacity:
            raise invalid(f"{path}daily_order_capacity", "must not be given for a drop point, which takes no orders")
    kinds = {before.kind, after.kind} if before and not before.placeholder else {after.kind}
    if before and len(kinds) > 1 and DROP_POINT in kinds:
        raise invalid(f"{path}kind", f"is {before.kind} for good: no other place becomes a drop point, nor it another")
    return after
