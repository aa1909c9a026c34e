"""Two carts made one: no line is lost, and of a good in both the greater quantity is wanted.

The join of lines, codes and refused gifts gives the same in whatever order
carts come, however often: taking the sum instead would double a cart that
is merged again after an answer was lost.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from services.order.cart.domain import MAX_KEPT_CODES, MAX_MERGED, MAX_REFUSED, CartFull, Contents, Freeze, Frozen, Line


class Mode(StrEnum):
    """What becomes of the cart that a member had when he brings another."""

    MERGE = "MERGE_WITH_EXISTING_CUSTOMER_CART"
    REPLACE = "USE_AS_NEW_ACTIVE_CUSTOMER_CART"


def join(kept: Contents, brought: Contents) -> Contents:
    """One cart out of two; what is spent, how goods go and which prices stand still is the first one's."""
    return Contents(
        lines=lines((*kept.lines, *brought.lines)),
        codes=_texts((*kept.codes, *brought.codes), MAX_KEPT_CODES),
        refused=_texts((*kept.refused, *brought.refused), MAX_REFUSED),
        spend_points=kept.spend_points or brought.spend_points,
        spends=kept.spends or brought.spends,
        delivery=kept.delivery or brought.delivery,
        freeze=_prices(kept.freeze),
    )


def lines(given: Iterable[Line]) -> tuple[Line, ...]:
    """Each good on each way once, the oldest first."""
    found: dict[tuple[str, str, str], Line] = {}
    for line in given:
        held = found.get(line.key)
        found[line.key] = line if held is None else _both(held, line)
    return tuple(sorted(found.values(), key=_age))


def room(contents: Contents) -> Contents:
    """The contents, unless carts were heaped up beyond any sense."""
    if len(contents.lines) > MAX_MERGED:
        raise CartFull("both carts together hold too many lines", most=MAX_MERGED)
    return contents


def _prices(freeze: Freeze | None) -> Freeze | None:
    """The prices of goods that were promised: more of them may come in; a price of the whole ends with the whole."""
    return freeze if freeze is not None and freeze.kind is Frozen.SOFT else None


def _both(one: Line, other: Line) -> Line:
    """Who put it in first, and what the shopper saw then; as many as either has."""
    first = min(one, other, key=_age)
    return replace(first, quantity=max(one.quantity, other.quantity))


def _age(line: Line) -> tuple[object, ...]:
    """By time; what follows only makes an order of equals. Not by quantity: what was joined has another's."""
    seen = (line.seen.amount, line.seen.quantity) if line.seen else (-1, -1)
    return (line.add_time, line.line_id, line.origin, line.staff_code, seen, line.key)


def _texts(given: Iterable[str], most: int) -> tuple[str, ...]:
    """Each once, however it was typed."""
    found: dict[str, str] = {}
    for text in sorted(given):
        found.setdefault(text.strip().casefold(), text)
    return tuple(sorted(found.values()))[:most]
