"""What is wrong with a cart: listed line by line, refused by nobody until it is ordered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kit.errors import Fault
from services.order.cart.domain import MAX_CODES, MAX_LINES, Cart, Line, Seen
from services.order.checkout.domain import Line as PricedLine
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Quote


class Kind(StrEnum):
    """What is wrong."""

    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    VARIANT_NOT_AVAILABLE = "VARIANT_NOT_AVAILABLE"
    PRICE_CHANGED = "PRICE_CHANGED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    DELIVERY_METHOD_STALE = "DELIVERY_METHOD_STALE"
    CODE_NOT_APPLICABLE = "CODE_NOT_APPLICABLE"
    TOO_MANY_LINES = "TOO_MANY_LINES"
    SPEND_NOT_APPLICABLE = "SPEND_NOT_APPLICABLE"


# a code that gives nothing costs nothing either: the order goes without it
_TOLD_ONLY = {Kind.CODE_NOT_APPLICABLE}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing, and where; `old` and `new` are of one unit."""

    kind: Kind
    line: Line | None = None
    reason: str = ""
    code: str = ""
    available: int | None = None
    old: int | None = None
    new: int | None = None
    limit_id: str = ""
    allowed: int | None = None

    @property
    def blocks(self) -> bool:
        """Whether an order would be refused for it."""
        return self.kind not in _TOLD_ONLY


@dataclass(frozen=True, slots=True)
class Priced:
    """A cart's price as far as it has one: the quote of those of its lines that can be priced, and what cannot."""

    quote: Quote | None = None
    lines: tuple[Line, ...] = ()
    """Those that the quote is of, in its order."""
    problems: tuple[Problem, ...] = ()
    codes: tuple[str, ...] = ()

    def of(self, line_id: str) -> PricedLine | None:
        """What a line comes to."""
        if self.quote is None:
            return None
        pairs = zip(self.lines, self.quote.lines, strict=False)
        return next((priced for line, priced in pairs if line.line_id == line_id), None)

    def seen(self) -> dict[str, Seen]:
        """What goods cost now at list price."""
        if self.quote is None:
            return {}
        pairs = zip(self.lines, self.quote.lines, strict=False)
        return {line.sku: Seen(priced.list_total, priced.quantity) for line, priced in pairs}


@dataclass(frozen=True, slots=True)
class Shown:
    """A cart as it is shown: with its price and what is wrong with it."""

    cart: Cart
    priced: Priced
    problems: tuple[Problem, ...]
    stock_known: bool
    token: str = ""
    """Opens the cart of nobody that was made just now: told this once."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """How much there is: in the channel, and at each store; None: not to be told, or nobody knows."""

    known: bool
    shipped: Mapping[str, int | None] = field(default_factory=dict)
    collected: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    out: frozenset[tuple[str, str]] = frozenset()
    """Nothing is left of it there, though no number may be told; an empty place means the channel."""


def of_fault(fault: Fault, line: Line) -> Problem:
    """What pricing said about one line."""
    where = fault.metadata.get("field", "")
    stale = fault.reason == "PICKUP_NOT_OFFERED" or where.endswith((".method", ".fulfilment_location_id"))
    kind = Kind.DELIVERY_METHOD_STALE if stale else Kind.VARIANT_NOT_AVAILABLE
    return Problem(kind, line, fault.reason)


def every(cart: Cart, priced: Priced, shelf: Shelf, ways: Mapping[str, int], now: datetime) -> tuple[Problem, ...]:
    """All that is wrong, the gravest first."""
    # what is ordered ahead is nowhere yet: what is to come of it, inventory says when it is ordered
    ahead = {one.sku for one in priced.quote.preorders} if priced.quote else set[str]()
    there = [line for line in cart.contents.lines if line.sku not in ahead]
    found = [*priced.problems, *_limits(priced), *_stock(there, shelf)]
    found += _prices(priced)
    contents = cart.contents
    if cart.member_id is None and (contents.spends or contents.spend_points):
        found.append(Problem(Kind.SPEND_NOT_APPLICABLE, reason="members_only"))
    if len(cart.contents.lines) > MAX_LINES:
        found.append(Problem(Kind.TOO_MANY_LINES, allowed=MAX_LINES))
    delivery = cart.contents.delivery
    if delivery is not None and delivery.shipping_method not in ways:
        found.append(Problem(Kind.DELIVERY_METHOD_STALE, reason="UNKNOWN_METHOD"))
    if delivery is not None and delivery.promise_time is not None and delivery.promise_time <= now:
        found.append(Problem(Kind.DELIVERY_METHOD_STALE, reason="PROMISE_PASSED"))
    found += [
        Problem(Kind.CODE_NOT_APPLICABLE, code=code, reason="TOO_MANY") for code in cart.contents.codes[MAX_CODES:]
    ]
    return tuple(found)


def _limits(priced: Priced) -> Iterator[Problem]:
    if priced.quote is None:
        return
    for over in priced.quote.over:
        for number in over.line_nos or (0,):
            line = priced.lines[number - 1] if 0 < number <= len(priced.lines) else None
            yield Problem(Kind.LIMIT_EXCEEDED, line, over.over, limit_id=over.limit_id, allowed=over.allowed)
    for code, reason in priced.quote.codes:
        yield Problem(Kind.CODE_NOT_APPLICABLE, code=code, reason=reason)


def _stock(lines: Sequence[Line], shelf: Shelf) -> Iterator[Problem]:
    """All lines of a good draw from one shelf."""
    wanted: dict[tuple[str, str], int] = {}
    for line in lines:
        if line.method is Method.CARRY_OUT:
            continue  # in the shopper's hands
        place = (line.sku, line.location_id)
        wanted[place] = wanted.get(place, 0) + line.quantity
        held = shelf.collected.get(place) if line.location_id else shelf.shipped.get(line.sku)
        if held is not None and wanted[place] > held:
            yield Problem(Kind.INSUFFICIENT_STOCK, line, available=max(held, 0))
        elif held is None and place in shelf.out:
            yield Problem(Kind.INSUFFICIENT_STOCK, line)


def _prices(priced: Priced) -> Iterator[Problem]:
    for line in priced.lines:
        now = priced.of(line.line_id)
        if line.seen is None or now is None:
            continue
        seen = line.seen
        if now.by_measure and seen.quantity != now.quantity:
            continue  # a line total that is rounded once says nothing of another quantity
        if seen.amount * now.quantity != now.list_total * seen.quantity:
            old, new = _one(seen.amount, seen.quantity, now), _one(now.list_total, now.quantity, now)
            yield Problem(Kind.PRICE_CHANGED, line, old=old, new=new)


def _one(amount: int, quantity: int, line: PricedLine) -> int:
    return amount if line.by_measure else amount // quantity
