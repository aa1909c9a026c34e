"""Changes of a confirmed order: what they give up, add and say anew, and what stands in their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit.errors import Fault
from services.order.checkout import domain_freight
from services.order.checkout.domain import Line, Method, Order
from services.order.checkout.domain_basket import Want
from services.order.edits import domain_places
from services.order.edits.domain_actions import (
    Action,
    AddLine,
    SetContact,
    SetFulfilment,
    SetInvoice,
    SetQuantity,
    SetShipping,
)
from services.order.edits.domain_places import Move
from services.order.edits.domain_refusals import EditNotAllowed, Failure
from services.order.edits.domain_standing import REFUSED, TOO_LATE, Standing, Why, movable
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_units import Run
from services.order.invoices import domain_buyer
from services.order.invoices.domain import Buyer

Units = tuple[Line, Run]


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


@dataclass(slots=True)
class Plan:
    """What a change comes to."""

    removed: list[tuple[Line, Run]] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)
    contact: SetContact | None = None
    shipping: SetShipping | None = None
    invoice: Buyer | None = None
    move: Move | None = None
    delivery_fee: int = 0
    """What bringing would cost that is collected until now, and nobody has secured."""
    failures: list[Failure] = field(default_factory=list)

    def refuse(self) -> None:
        """Raises the first thing that stands in its way."""
        for one in self.failures[:1]:
            raise one.fault()


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
            found.failures.append(_failure(number, *why))
    _alone(found, len(actions))
    if not found.failures and not any(given.kept(line, found.removed) for line in given.order.lines):
        found.failures.append(Failure(-1, REFUSED, "nothing would be left of the order: cancel it"))
    if not found.failures and given.along and given.pays() and not given.pays(found.removed):
        found.failures.append(Failure(-1, REFUSED, "it pays for the way of what was added: cancel that first"))
    return found


def _failure(number: int, reason: str, detail: str, where: str = "") -> Failure:
    return Failure(number, reason, detail, f"actions[{number}].{where}" if where else "")


def _alone(found: Plan, many: int) -> None:
    """What is said of people is kept nowhere until an addition is paid for, and inventory moves all or nothing."""
    if found.wants and (found.contact is not None or found.invoice is not None):
        found.failures.append(Failure(-1, REFUSED, "say who receives it, or its invoice, in a change of its own"))
    if found.move is not None and many > 1:
        found.failures.append(Failure(-1, REFUSED, "say where it is collected in a change of its own"))


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
        case SetInvoice():
            return _invoice(found, given, action)
        case SetFulfilment():
            return _fulfilment(found, given, action)


def _invoice(found: Plan, given: Standing, action: SetInvoice) -> Why:
    """As the checkout takes a buyer's words, as long as no invoice was issued for others."""
    if given.invoice_no is None:
        return (REFUSED, "no invoice is issued for this order")
    if given.invoice_no:
        return (TOO_LATE, f"invoice {given.invoice_no} was issued")
    try:
        found.invoice = domain_buyer.checked(action.said, member=given.order.member_id is not None, path="set_invoice")
    except Fault as wrong:
        return (wrong.reason, wrong.metadata["rule"], wrong.metadata["field"])
    return None


def _fulfilment(found: Plan, given: Standing, action: SetFulfilment) -> Why:
    moved = domain_places.move(given, action)
    if action.method is Method.SHIP:
        lines = action.line_nos or [one.line_no for one in given.order.lines if one.method is Method.COLLECT]
        found.delivery_fee = domain_places.fee(given, lines)
    if isinstance(moved, Move):
        found.move = moved
        return None
    return moved


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
