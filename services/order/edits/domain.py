"""Changes of a confirmed order: what they give up, add and say anew, and what stands in their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit.errors import Code, Fault
from services.order.checkout import domain_freight
from services.order.checkout.domain import Line, Method, Order
from services.order.checkout.domain_basket import Want
from services.order.freight.domain import Terms
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_states import State
from services.order.fulfilment.domain_units import Run

MAX_ACTIONS = 50
Units = tuple[Line, Run]
_OPEN = (State.PLACED, State.ACCEPTED, State.PICKING)
TOO_LATE, REFUSED = "EDIT_TOO_LATE", "EDIT_REFUSED"


class EditStale(Fault):
    """The order changed since it was looked at."""

    code = Code.FAILED_PRECONDITION
    reason = "EDIT_STALE"


class EditTooLate(Fault):
    """Something that would change is ready, packed, or with the shopper."""

    code = Code.FAILED_PRECONDITION
    reason = TOO_LATE


class EditRefused(Fault):
    """The change makes no sense for this order."""

    code = Code.FAILED_PRECONDITION
    reason = REFUSED


class EditNotAllowed(Fault):
    """The brand does not let shoppers change orders, or no longer this one."""

    code = Code.FAILED_PRECONDITION
    reason = "EDIT_NOT_ALLOWED"


class EditUnpaid(Fault):
    """What is added could not be paid at once."""

    code = Code.FAILED_PRECONDITION
    reason = "EDIT_UNPAID"


@dataclass(frozen=True, slots=True)
class SetQuantity:
    line_no: int
    quantity: int


@dataclass(frozen=True, slots=True)
class AddLine:
    want: Want


@dataclass(frozen=True, slots=True)
class SetContact:
    contact_id: str
    masked_name: str


@dataclass(frozen=True, slots=True)
class SetShipping:
    shipping_method: str


Action = SetQuantity | AddLine | SetContact | SetShipping


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether shoppers change their orders themselves, and how long; without any, these."""

    shoppers: bool = True
    minutes: int = 30
    version: int = 0

    def check(self, order: Order, now: datetime) -> None:
        """Refuses a shopper who may not, or no longer."""
        until = order.business_time + timedelta(minutes=self.minutes)
        if not self.shoppers or (self.minutes and now >= until):
            raise EditNotAllowed("this order is not the shopper's to change any more", end_time=until.isoformat())


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action cannot be applied; -1: all of them together."""

    action_no: int
    reason: str
    detail: str


@dataclass(slots=True)
class Plan:
    """What a change comes to."""

    removed: list[tuple[Line, Run]] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)
    contact: SetContact | None = None
    shipping: SetShipping | None = None
    failures: list[Failure] = field(default_factory=list)

    def refuse(self) -> None:
        """Raises the first thing that stands in its way."""
        for one in self.failures[:1]:
            fault = EditTooLate if one.reason == TOO_LATE else EditRefused
            raise fault(f"actions[{one.action_no}]: {one.detail}", action_no=one.action_no)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order, who works on it, and what of it was given up before."""

    order: Order
    parts: Sequence[Fulfilment]
    gone: Sequence[Cancelled]
    fees: Terms = field(default_factory=Terms)
    """What bringing goods costs now."""
    along: bool = False
    """Whether what was added before goes along with it."""

    def kept(self, line: Line, more: Sequence[tuple[Line, Run]] = ()) -> list[Run]:
        """The units of a line that are neither given up nor among `more`."""
        taken = [(one.first, one.last) for one in self.gone if one.line_no == line.line_no]
        taken += [run for other, run in more if other.line_no == line.line_no]
        return domain_units.free(line, taken)

    def pays(self, more: Sequence[tuple[Line, Run]] = ()) -> bool:
        """Whether the order pays for bringing goods, without `more`."""
        fee = self.order.freight
        lines = [line for line in self.order.lines if fee and line.line_no in fee.line_nos]
        return fee is not None and fee.stands and any(self.kept(line, more) for line in lines)


def movable(part: Fulfilment) -> bool:
    """Whether a task may still lose units: nothing of it is ready or packed."""
    return part.state in _OPEN or (part.state is State.ON_HOLD and part.held_state in _OPEN)


def plan(given: Standing, actions: Sequence[Action], methods: Mapping[str, int]) -> Plan:
    """What the actions come to together, each against the order as it is."""
    found, seen = Plan(), set[object]()
    for number, action in enumerate(actions):
        key = action.line_no if isinstance(action, SetQuantity) else type(action)
        if key in seen and not isinstance(action, AddLine):
            found.failures.append(Failure(number, REFUSED, "the same thing is changed twice"))
            continue
        seen.add(key)
        why = _act(found, given, action, methods)
        if why is not None:
            found.failures.append(Failure(number, *why))
    if found.contact is not None and found.wants:
        found.failures.append(Failure(-1, REFUSED, "say who receives it in a change of its own"))
    if not found.failures and not any(given.kept(line, found.removed) for line in given.order.lines):
        found.failures.append(Failure(-1, REFUSED, "nothing would be left of the order: cancel it"))
    if not found.failures and given.along and given.pays() and not given.pays(found.removed):
        found.failures.append(Failure(-1, REFUSED, "it pays for the way of what was added: cancel that first"))
    return found


Why = tuple[str, str] | None


def _act(found: Plan, given: Standing, action: Action, methods: Mapping[str, int]) -> Why:
    match action:
        case SetQuantity():
            return _quantity(found, given, action)
        case AddLine(want):
            found.wants.append(want)
            return None
        case SetContact():
            found.contact = action
            late = any(part.stands and not part.gone and not movable(part) for part in given.parts)
            return (TOO_LATE, "something is ready, or packed, under the other name") if late else None
        case SetShipping(method):
            found.shipping = action
            return _shipping(given, method, methods)


def _quantity(found: Plan, given: Standing, action: SetQuantity) -> Why:
    line = next((one for one in given.order.lines if one.line_no == action.line_no), None)
    if line is None or line.method is Method.CARRY_OUT:
        return (REFUSED, f"there is no line {action.line_no} that is still to come")
    held = sum(domain_units.quantity(line, run) for run in given.kept(line))
    if line.by_measure and action.quantity not in (0, held):
        return (REFUSED, f"line {line.line_no} is sold by measure: remove it, and add another")
    if action.quantity > held:
        more = action.quantity - held
        found.wants.append(Want(line.sku, more, line.method, line.fulfilment_location_id))
        return None
    units = (1 if held else 0) if line.by_measure else held - action.quantity
    runs = _last(line, given, units)
    if runs is None:
        return (TOO_LATE, f"not so much of line {line.line_no} can be given up any more")
    found.removed += [(line, run) for run in runs]
    return None


def _last(line: Line, given: Standing, units: int) -> list[Run] | None:
    """So many units that can be given up: those that nobody sends first, then the last of who is last, as inventory
    ends them; None where there are not so many."""
    standing = [part for part in given.parts if part.stands]
    pools = [domain_units.free(line, domain_cancelled.taken(line, standing, given.gone))]
    last_first = sorted(filter(movable, standing), key=lambda one: (one.location_id, one.part_no), reverse=True)
    pools += [_mine(part, line) for part in last_first]
    found: list[Run] = []
    for first, last in (run for pool in pools for run in sorted(pool, reverse=True)):
        if units > 0:
            found.append((max(first, last - units + 1), last))
            units -= last - found[-1][0] + 1
    return found if units <= 0 else None


def _mine(part: Fulfilment, line: Line) -> list[Run]:
    return [(one.first_unit, one.last_unit) for one in part.lines if one.line_no == line.line_no]


def _shipping(given: Standing, method: str, methods: Mapping[str, int]) -> Why:
    if method not in methods:
        return (REFUSED, f"shipping_method must be one of {', '.join(sorted(methods))}")
    shipped = [part for part in given.parts if part.method is Method.SHIP and part.stands]
    if not any(line.method is Method.SHIP and given.kept(line) for line in given.order.lines):
        return (REFUSED, "nothing of the order is shipped")
    if _another_fee(given, method):
        return (REFUSED, "that way costs something else: cancel the order, and order anew")
    return (TOO_LATE, "something is packed") if any(not movable(part) for part in shipped) else None


def _another_fee(given: Standing, method: str) -> bool:
    """Whether goods would go by another fee than theirs, which nobody has secured."""
    now = domain_freight.route(given.order.delivery)
    fee = given.fees.rule(now.way, method, given.order.channel_id)
    held = given.order.freight.fee_id if given.order.freight else ""
    return method != now.method and held != (fee.fee_id if fee else "")
