"""Who collects what waits in a store, what of it he gets, and what is not there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain import Line, Order
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_units import Run

MOST_PROXIES = 3
Runs = list[tuple[Line, Run]]


class ProxyLimit(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "PROXY_LIMIT"


class ProxyState(StrEnum):
    """Where somebody who was named to collect stands."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    USED = "USED"


class Proof(StrEnum):
    """What whoever came showed."""

    PIN = "PIN"
    CODE = "CODE"


class Choice(StrEnum):
    """What becomes of units that are not there."""

    CANCEL = "CANCEL"
    ASK = "ASK"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Somebody who collects for the shopper."""

    proxy_id: str
    fulfilment_id: str
    masked_name: str
    state: ProxyState
    create_time: datetime
    pin_hash: bytes | None = None
    pin_sealed: bytes | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Collector:
    """Who came, and what he showed; without a proxy the shopper himself."""

    proof: Proof
    proxy_id: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """What was handed over to whom."""

    fulfilment_id: str
    order_id: str
    collector: Collector
    business_time: datetime
    rest_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shortage:
    """A run of units of a line that was not there."""

    fulfilment_id: str
    order_id: str
    line_no: int
    first: int
    last: int
    sku: str
    quantity: int
    reason: str
    choice: Choice
    event_id: str
    business_time: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """So much of a line is not there, somebody says, and why."""

    line_no: int
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parted:
    """A task's units: those that go, those that are not there (by why), and those that wait on."""

    taken: Runs
    missing: dict[str, Runs]
    left: Runs


def parted(order: Order, held: Fulfilment, units: Mapping[int, int], missing: Sequence[Missing]) -> Parted:
    """Divides a task: the first units go, those behind them are the missing ones."""
    runs = domain_cancelled.of(order, held)
    _check(runs, units, missing)
    taken, rest = _cut(runs, units)
    gone: dict[str, Runs] = {}
    for one in missing:
        found, rest = _cut(rest, {one.line_no: one.quantity})
        gone.setdefault(one.reason, []).extend(found)
    return Parted(taken, gone, rest)


def _check(runs: Runs, units: Mapping[int, int], missing: Sequence[Missing]) -> None:
    have: Counter[int] = Counter()
    for line, run in runs:
        have[line.line_no] += domain_units.quantity(line, run)
    lines = {line.line_no: line for line, _ in runs}
    asked: Counter[int] = Counter(units)
    for one in missing:
        asked[one.line_no] += one.quantity
    for name, given in (("units", list(units.items())), ("missing", [(m.line_no, m.quantity) for m in missing])):
        for place, (line_no, quantity) in enumerate(given):
            if line_no not in have:
                raise invalid(f"{name}[{place}].line_no", "must be a line of the task")
            if quantity < 1 or asked[line_no] > have[line_no]:
                raise invalid(f"{name}[{place}].quantity", f"must be 1 to {have[line_no]} in all")
            if lines[line_no].by_measure and quantity != have[line_no]:
                raise invalid(f"{name}[{place}].quantity", "what is sold by measure goes whole")


def _cut(runs: Runs, units: Mapping[int, int]) -> tuple[Runs, Runs]:
    """The first units of each line as far as asked for, and what is behind them."""
    left, found, rest = dict(units), Runs(), Runs()
    for line, (first, last) in runs:
        many = left.get(line.line_no, 0)
        count = last - first + 1 if not line.by_measure else 1
        take = min(count, 1 if line.by_measure and many else many)
        if take:
            found.append((line, (first, first + take - 1)))
            left[line.line_no] = 0 if line.by_measure else many - take
        if take < count:
            rest.append((line, (first + take, last)))
    return found, rest
