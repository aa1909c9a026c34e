"""What an order's news mean for its allocation: the same end, in whatever order they are heard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.inventory.stock.domain import Demand, Hold, Line, Place, State
from services.inventory.stock.domain_allocations import Allocation, Ended, Ends, Key, over


@dataclass(frozen=True, slots=True)
class Promise:
    """A line that was confirmed, to be collected or shipped; of a kit, one of its parts."""

    line_no: int
    sku: str
    location_id: str
    quantity: int
    kit_sku: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """Units of one line that left."""

    line_no: int
    sku: str
    location_id: str
    quantity: int

    @property
    def key(self) -> Key:
        return (self.line_no, self.sku, self.location_id)


@dataclass(slots=True)
class News:
    """All that is newly heard of one order."""

    order_id: str
    time: datetime
    member_id: str = ""
    confirmed: bool = False
    promises: list[Promise] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    cancelled: bool = False
    reason: str = ""


@dataclass(slots=True)
class Outcome:
    """What the news change."""

    hold: Hold
    allocations: list[Allocation]
    committed: Counter[Place]
    held: Counter[Place]
    demands: list[Demand]
    # lines newly allocated, to be announced
    allocated: list[Line]
    released: bool = False


def hear(news: News, hold: Hold, known: Sequence[Allocation], ends: Ends) -> Outcome:
    """The order's new state.

    What is committed is a function of what was heard (confirmed quantity,
    units handed over, units ended, cancelled or not), so the order of hearing
    is lost: also of who handed over, for each takes what stands with him first.
    """
    before = {one.key: one for one in known}
    heard = {one.line_no for one in known if one.quantity is not None}
    cancelled = hold.cancelled or news.cancelled
    after = _confirmed(news, hold, dict(before), heard)
    for handed in news.handed:
        one = after.get(handed.key) or Allocation(news.order_id, *handed.key)
        after[handed.key] = replace(one, handed_over=one.handed_over + handed.quantity)
    after = {key: replace(one, cancelled=cancelled) for key, one in over(made_up(after), ends).items()}
    committed: Counter[Place] = Counter()
    for one in before.values():
        committed[one.place] -= one.open
    for one in after.values():
        committed[one.place] += one.open
    held: Counter[Place] = Counter()
    for line in hold.lines:
        if line.active:
            held[line.place] -= line.quantity
    ended = _ended(news, hold, cancelled)
    fresh = [one for one in after.values() if one.quantity is not None and one.line_no not in heard]
    return Outcome(
        hold=ended,
        allocations=[one for key, one in after.items() if before.get(key) != one],
        committed=committed,
        held=held,
        demands=[
            Demand(one.sku, one.location_id, one.open, news.order_id, one.line_no, news.time)
            for one in fresh
            if one.open
        ],
        allocated=[] if cancelled else [_line(one) for one in fresh if one.quantity],
        released=hold.state is State.ACTIVE and ended.state is State.RELEASED,
    )


def _line(one: Allocation) -> Line:
    return Line(one.line_no, one.sku, one.location_id, one.quantity or 0, pool_id=one.pool_id, kit_sku=one.kit_sku)


def _confirmed(news: News, hold: Hold, after: dict[Key, Allocation], heard: set[int]) -> dict[Key, Allocation]:
    """Goods are committed where they were held; what was held nowhere, where the order says."""
    for promise in news.promises:
        if promise.line_no not in heard:
            for line in _held(promise, hold):
                told = after.get(line.key)
                one = Allocation(news.order_id, *line.key, line.quantity, told.handed_over if told else 0)
                after[line.key] = replace(one, pool_id=line.pool_id, kit_sku=line.kit_sku)
    return after


def _held(promise: Promise, hold: Hold) -> list[Line]:
    """What stands for a line: as much as was confirmed."""
    found, left = [], promise.quantity
    for line in [line for line in hold.lines if (line.line_no, line.sku) == (promise.line_no, promise.sku)]:
        if units := min(left, line.quantity):
            found.append(replace(line, quantity=units))
            left -= units
    if not found:
        bare = Line(promise.line_no, promise.sku, promise.location_id, promise.quantity)
        return [replace(bare, kit_sku=promise.kit_sku)]
    return [replace(found[0], quantity=found[0].quantity + left), *found[1:]]


def made_up(parts: dict[Key, Allocation]) -> dict[Key, Allocation]:
    """Whoever handed over more than stood with him had it from where else the line stood, in the order of locations."""
    found = dict(parts)
    for key in sorted(parts):
        one = found[key]
        siblings = [other for other in sorted(found) if other[:2] == key[:2] and other != key]
        missing = one.handed_over - (one.quantity or 0)
        for other in siblings if missing > 0 else ():
            given = found[other]
            if units := min(missing, max(0, (given.quantity or 0) - given.handed_over)):
                quantity = (given.quantity or 0) - units
                found[other] = replace(given, quantity=quantity, routed=min(given.routed, quantity))
                found[key] = replace(found[key], quantity=(found[key].quantity or 0) + units)
                missing -= units
    return found


def _ended(news: News, hold: Hold, cancelled: bool) -> Hold:
    """News of an order end its hold one way or the other; a cancellation has the last word."""
    state = State.RELEASED if cancelled else State.COMMITTED
    reason = news.reason if news.cancelled else hold.reason
    # what was given back once is not given back with the next news
    lines = tuple(replace(line, active=False) for line in hold.lines)
    return replace(hold, state=state, lines=lines, cancelled=cancelled, reason=reason, version=hold.version + 1)


def tombstone(news: News) -> Hold:
    """What stands for an order that never held anything here."""
    state = State.RELEASED if news.cancelled else State.COMMITTED
    return Hold(news.order_id, state, (), news.time, order_id=news.order_id, member_id=news.member_id)
