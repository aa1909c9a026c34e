"""What a shopper, a staff member or a till changes in a cart: pure steps from contents to contents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kit.errors import invalid
from services.order.cart import domain_merge
from services.order.cart.domain import (
    MAX_KEPT_CODES,
    MAX_LINES,
    MAX_QUANTITY,
    MAX_REFUSED,
    Cart,
    CartFrozen,
    CartFull,
    CartLineUnknown,
    Contents,
    Frozen,
    Line,
    Seen,
)
from services.order.checkout.domain import Method
from services.order.checkout.domain_delivery import Delivery
from services.order.checkout.domain_spends import Use

_MAX_TEXT = 64


@dataclass(frozen=True, slots=True)
class Named:
    """Which cart, as of which version, asked for by whom of its users; of a new one, where it is priced."""

    cart_id: str = ""
    version: int = 0
    client_id: str = ""
    channel_id: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How a line is to reach the shopper."""

    line_id: str
    method: Method | None
    location_id: str


@dataclass(frozen=True, slots=True)
class Spending:
    """What is to be spent, in place of what was."""

    points: int
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that one call changes."""

    adds: tuple[Line, ...] = ()
    quantities: tuple[tuple[str, int], ...] = ()
    ways: tuple[Way, ...] = ()
    add_codes: tuple[str, ...] = ()
    remove_codes: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    take: tuple[str, ...] = ()
    spending: Spending | None = None
    delivery: Delivery | None = None
    accept_prices: bool = False
    channel_id: str = ""

    @property
    def touches_goods(self) -> bool:
        """Whether anything of it would move a price that stands still as a whole."""
        return self != Change(accept_prices=self.accept_prices)


def may_touch_goods(cart: Cart, now: datetime) -> None:
    """Refuses to put in or take out anything while the whole price stands still."""
    freeze = cart.frozen(now)
    if freeze is not None and freeze.kind is Frozen.HARD:
        raise CartFrozen("its price stands still", cart_id=cart.cart_id, end_time=freeze.until.isoformat())


def apply(contents: Contents, change: Change, prices: Mapping[str, Seen]) -> Contents:
    """The contents with the change; `prices` is what goods cost now, to tell the shopper when that changes."""
    lines = _quantities(contents.lines, change.quantities)
    lines = _ways(lines, change.ways)
    lines = _added(lines, change.adds)
    if len(lines) > max(MAX_LINES, len(contents.lines)):
        raise CartFull("too many lines", most=MAX_LINES)
    spending = change.spending or Spending(contents.spend_points, contents.spends)
    return replace(
        contents,
        lines=tuple(_looked_at(line, prices, change.accept_prices) for line in lines),
        codes=_texts("add_codes", contents.codes, change.add_codes, change.remove_codes, MAX_KEPT_CODES),
        refused=_texts("refuse_gifts", contents.refused, change.refuse, change.take, MAX_REFUSED),
        spend_points=spending.points,
        spends=spending.uses,
        delivery=change.delivery or contents.delivery,
    )


def new_line(place: int, line: Line) -> Line:
    """The line, if it can be put in at all; whether anybody sells it is no matter here."""
    if not 1 <= len(line.sku) <= _MAX_TEXT:
        raise invalid(f"adds[{place}].sku", f"must have 1 to {_MAX_TEXT} characters")
    if not 1 <= line.quantity <= MAX_QUANTITY:
        raise invalid(f"adds[{place}].quantity", f"must be 1 to {MAX_QUANTITY}")
    if len(line.location_id) > _MAX_TEXT:
        raise invalid(f"adds[{place}].fulfilment_location_id", f"must have at most {_MAX_TEXT} characters")
    return line


def sold(contents: Contents, sales: Sequence[tuple[str, int]]) -> Contents:
    """What is left after a till sold so much of these lines; without any, nothing is."""
    if not sales:
        return replace(contents, lines=(), codes=(), spends=(), spend_points=0, freeze=None)
    held = {line.line_id: line for line in contents.lines}
    for line_id, quantity in sales:
        line = held.get(line_id)
        if line is None or quantity < 1:
            raise CartLineUnknown("no such line, or not so much of it", line_id=line_id)
        # a till sells what is there: more than was wanted leaves nothing wanted
        held[line_id] = replace(line, quantity=max(line.quantity - quantity, 0))
    return replace(contents, lines=tuple(line for line in held.values() if line.quantity), freeze=None)


def _quantities(lines: tuple[Line, ...], given: Sequence[tuple[str, int]]) -> tuple[Line, ...]:
    held = {line.line_id: line for line in lines}
    for place, (line_id, quantity) in enumerate(given):
        if line_id not in held:
            raise CartLineUnknown("no such line", field=f"quantities[{place}].line_id", line_id=line_id)
        if not 0 <= quantity <= MAX_QUANTITY:
            raise invalid(f"quantities[{place}].quantity", f"must be 0 to {MAX_QUANTITY}")
        held[line_id] = replace(held[line_id], quantity=quantity)
    return tuple(line for line in held.values() if line.quantity)


def _ways(lines: tuple[Line, ...], given: Sequence[Way]) -> tuple[Line, ...]:
    held = {line.line_id: line for line in lines}
    for place, way in enumerate(given):
        if way.line_id not in held:
            raise CartLineUnknown("no such line", field=f"methods[{place}].line_id", line_id=way.line_id)
        if len(way.location_id) > _MAX_TEXT:
            raise invalid(f"methods[{place}].fulfilment_location_id", f"must have at most {_MAX_TEXT} characters")
        held[way.line_id] = replace(held[way.line_id], method=way.method, location_id=way.location_id)
    return _summed(held.values())


def _added(lines: tuple[Line, ...], given: Sequence[Line]) -> tuple[Line, ...]:
    return _summed((*lines, *(new_line(place, line) for place, line in enumerate(given))))


def _summed(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Of a good that is put in again on the same way there is more of the same line."""
    found: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        held = found.get(line.key)
        if held is None:
            found[line.key] = line
            continue
        if held.quantity + line.quantity > MAX_QUANTITY:
            raise invalid("adds", f"must leave at most {MAX_QUANTITY} of {line.sku}")
        found[line.key] = replace(held, quantity=held.quantity + line.quantity)
    return domain_merge.lines(found.values())


def _looked_at(line: Line, prices: Mapping[str, Seen], accepted: bool) -> Line:
    if line.seen is not None and not accepted:
        return line
    return replace(line, seen=prices.get(line.sku, line.seen))


def _texts(field: str, held: Sequence[str], adds: Sequence[str], removes: Sequence[str], most: int) -> tuple[str, ...]:
    found = {text.strip().casefold(): text for text in held}
    for place, text in enumerate(adds):
        if not 1 <= len(text.strip()) <= _MAX_TEXT:
            raise invalid(f"{field}[{place}]", f"must have 1 to {_MAX_TEXT} characters")
        found.setdefault(text.strip().casefold(), text.strip())
    for text in removes:
        found.pop(text.strip().casefold(), None)
    if len(found) > most:
        raise invalid(field, f"must leave at most {most} in the cart")
    return tuple(found.values())
