"""What may become of goods where they are received: at a drop point they are taken, and somebody else looks at them."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from kit.errors import invalid
from services.order.returns.domain import Disposition, Units

DROP_POINT = "DROP_POINT"
VIRTUAL = "VIRTUAL"
_UNDECIDED = (Disposition.NONE, Disposition.QUARANTINE, Disposition.MISSING)


def received(kind: str, said: Disposition, *, trusted: bool) -> Disposition:
    """What becomes of a unit that is received at a place of a kind: for sale again, if nothing else is said of it.

    At a drop point that is decided by nobody: whatever came is put aside, unless somebody who is trusted there says
    that it did not.
    """
    if kind != DROP_POINT:
        return said or Disposition.RESTOCK
    return Disposition.MISSING if trusted and said is Disposition.MISSING else Disposition.QUARANTINE


def told(word: str) -> Disposition:
    """The same of a terminal's word at a drop point, whatever it is: a fact."""
    return Disposition.MISSING if word == Disposition.MISSING else Disposition.QUARANTINE


def decidable(kind: str, location_id: str, field: str, said: Collection[Disposition], *, trusted: bool) -> None:
    """Refuses what cannot be decided where the goods are; what is MISSING is paid for, and not everybody says it."""
    if kind != DROP_POINT:
        return
    if any(one not in _UNDECIDED for one in said):
        rule = f"must be QUARANTINE or MISSING while the goods are at {location_id}, a drop point: send them on first"
        raise invalid(field, rule)
    if not trusted and Disposition.MISSING in said:
        raise invalid(field, f"must be QUARANTINE at {location_id}, a drop point: headquarters say what is MISSING")


def put_aside(units: Sequence[Units]) -> tuple[tuple[Units, ...], list[tuple[Units, Units]]]:
    """Units as they leave a drop point, and those of which that is news, before and after.

    What was received there before anybody knew what kind of place it is was decided as in a store.
    """
    after = tuple(replace(one, disposition=told(one.disposition)) for one in units)
    return after, [(old, new) for old, new in zip(units, after, strict=True) if old != new]
