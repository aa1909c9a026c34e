"""What a command may say of lots; what already happened in a store is asked nothing of this."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from services.inventory.lots.domain import Balance, Key, Units

# goods that come into the books by these are seen by whoever books them
_SEEN = ("OPENING", "RECEIPT")
# field behind the list of lots, and the rule that it breaks
Broken = tuple[str, str]


def said(tracking: AbstractSet[str], units: Sequence[Units], kind: str, quantity: int) -> Iterator[Broken]:
    """What is wrong with what was said of so many units of a good, by what the good asks for."""
    total = sum(one.quantity for one in units)
    if units and not tracking:
        yield "", "must be empty: the good asks for no lots"
        return
    if units and not quantity:
        yield "", "must be empty: nothing moves"
    if total > abs(quantity):
        yield "", f"must name no more than the {abs(quantity)} units that move"
    comes = kind in _SEEN and quantity > 0
    if comes and tracking and total < quantity:
        yield "", f"must name all {quantity} units: the good asks for {', '.join(sorted(tracking))}"
    for number, one in enumerate(units):
        yield from ((f"[{number}].{field}", rule) for field, rule in _one(tracking, one, comes=comes))


def _one(tracking: AbstractSet[str], one: Units, *, comes: bool) -> Iterator[Broken]:
    if "LOT" in tracking and not one.lot and not one.serial:
        yield "lot", "must be given"
    if "SERIAL" in tracking and not one.serial:
        yield "serial", "must be given"
    if "SERIAL" not in tracking and one.serial:
        yield "serial", "must be empty: the good asks for no serials"
    if comes and "LOT" in tracking and not one.lot:
        yield "lot", "must be given"
    if comes and "EXPIRY" in tracking and one.expire_date is None:
        yield "expire_date", "must be given"


def leaves(here: Sequence[Balance], units: Sequence[Units], *, sold: bool) -> Iterator[Broken]:
    """What is wrong with taking these units from a location; what is `sold` must be fit for it."""
    for number, one in enumerate(units):
        found = [each for each in here if (each.serial == one.serial if one.serial else each.key == one.key)]
        there = sum(each.on_hand for each in found)
        if there < one.quantity:
            yield f"[{number}]", f"only {max(0, there)} of {one.name} stand here by the books"
        elif sold and any(each.blocked for each in found):
            yield f"[{number}]", f"{one.name} is {found[0].state}"


def dated(known: Mapping[Key, date | None], units: Sequence[Units]) -> Iterator[Broken]:
    """What is wrong with the dates that were said: a lot has one last day."""
    for number, one in enumerate(units):
        day = known.get((one.lot, "") if one.lot else one.key)
        if day and one.expire_date and one.expire_date != day:
            yield f"[{number}].expire_date", f"is {day.isoformat()} for {one.lot or one.serial}"
