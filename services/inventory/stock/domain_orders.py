"""What an order's news mean for its allocation: the same end, in whatever order they are heard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.inventory.stock.domain import Demand, Hold, Line, Place, State


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of one line that wait to be handed over; without a quantity its confirmation was not heard yet."""

    order_id: str
    line_no: int
    sku: str
    location_id: str
    quantity: int | None = None
    handed_over: int = 0
    cancelled: bool = False

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)

    @property
    def open(self) -> int:
        """What is committed for it."""
        return 0 if self.cancelled else max(0, (self.quantity or 0) - self.handed_over)


@dataclass(frozen=True, slots=True)
class Promise:
    """A line that was confirmed, to be collected or shipped."""

    line_no: int
    sku: str
    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Handed:
    """Units of one line that left."""

    line_no: int
    sku: str
    location_id: str
    quantity: int


@dataclass(slots=True)
class News:
    """All that is newly heard of one order."""

    order_id: str
    time: datetime
    member_id: str = ""
    confirmed: bool = False
    promises: list[Promise] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
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


def hear(news: News, hold: Hold, known: Sequence[Allocation]) -> Outcome:
    """The order's new state.

    What is committed is a function of what was heard (confirmed quantity,
    units handed over, cancelled or not), so the order of hearing is lost.
    """
    before = {one.line_no: one for one in known}
    cancelled = hold.cancelled or news.cancelled
    after = _confirmed(news, hold, dict(before))
    for handed in news.handed:
        one = after.get(handed.line_no) or Allocation(news.order_id, handed.line_no, handed.sku, handed.location_id)
        after[handed.line_no] = replace(one, handed_over=one.handed_over + handed.quantity)
    after = {line_no: replace(one, cancelled=cancelled) for line_no, one in after.items()}
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
    fresh = [one for one in after.values() if one.quantity is not None and _unheard(before.get(one.line_no))]
    return Outcome(
        hold=ended,
        allocations=[one for one in after.values() if before.get(one.line_no) != one],
        committed=committed,
        held=held,
        demands=[
            Demand(one.sku, one.location_id, one.open, news.order_id, one.line_no, news.time)
            for one in fresh
            if one.open
        ],
        allocated=[] if cancelled else [Line(o.line_no, o.sku, o.location_id, o.quantity or 0) for o in fresh],
        released=hold.state is State.ACTIVE and ended.state is State.RELEASED,
    )


def _unheard(one: Allocation | None) -> bool:
    return one is None or one.quantity is None


def _confirmed(news: News, hold: Hold, after: dict[int, Allocation]) -> dict[int, Allocation]:
    """Goods are committed where they were held; what was held nowhere, where the order says."""
    where = {(line.line_no, line.sku): line.location_id for line in hold.lines}
    for promise in news.promises:
        location_id = where.get((promise.line_no, promise.sku), promise.location_id)
        one = after.get(promise.line_no)
        if _unheard(one):
            handed = one.handed_over if one else 0
            after[promise.line_no] = Allocation(
                news.order_id, promise.line_no, promise.sku, location_id, promise.quantity, handed
            )
    return after


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
