"""Where what is collected goes instead: which lines, from which store, and what stands in their way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.order.checkout import domain_freight
from services.order.checkout.domain import Line, Method
from services.order.edits.domain_actions import SetFulfilment
from services.order.edits.domain_standing import REFUSED, TOO_LATE, Standing, Why
from services.order.freight.domain import Rule, Way
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.domain_units import Run

Units = tuple[Line, Run]

NOT_OFFERED = "PICKUP_NOT_OFFERED"
_FIELD = "set_fulfilment"
_LINES, _PLACE = f"{_FIELD}.line_nos", f"{_FIELD}.fulfilment_location_id"
# nobody has begun to work on it
_WAITING = (State.PLACED, State.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Move:
    """Lines of one store that are to be collected at another; shipped, where none is named."""

    line_nos: tuple[int, ...]
    source: str
    target: str

    @property
    def method(self) -> Method:
        return Method.COLLECT if self.target else Method.SHIP


def move(given: Standing, asked: SetFulfilment) -> Move | Why:
    """What is moved, or why it cannot be."""
    lines = _lines(given, asked)
    if not isinstance(lines, list):
        return lines
    stores = {line.fulfilment_location_id for line in lines}
    if len(stores) > 1:
        return (REFUSED, "they are collected in several stores: change one after the other", _LINES)
    found = Move(tuple(line.line_no for line in lines), stores.pop(), asked.location_id)
    where = _elsewhere(given, found) if found.target else _shippable(given, found)
    return where or _untouched(given, found, lines) or found


def fee(given: Standing, line_nos: Collection[int]) -> int:
    """What bringing these lines would cost, before promotions; beyond the fee that the order pays for that way."""
    way = domain_freight.route(given.order.delivery)
    rule = given.fees.rule(Way.DELIVERY, way.method, given.order.channel_id)
    paid = given.order.freight
    if rule is None:
        return 0
    if paid is None or paid.fee_id != rule.fee_id or not given.pays():
        return _asks(rule, given, line_nos)
    # terms may ask for more than they did, and units may have been given up: neither is due to these lines
    secured = max(_asks(rule, given, paid.line_nos), paid.list_total)
    return max(_asks(rule, given, {*paid.line_nos, *line_nos}) - secured, 0)


def held(given: Sequence[Fulfilment], wanted: Move) -> list[Fulfilment]:
    """The tasks that wait for inventory's answer to this move."""
    return [part for part in _tasks(given, wanted) if part.state is State.ON_HOLD and part.reason == Reason.MOVING]


def waiting(given: Sequence[Fulfilment], wanted: Move) -> list[Fulfilment]:
    """The store's tasks that have units of these lines, and that nobody works on."""
    return [part for part in _tasks(given, wanted) if part.state in _WAITING]


def given_back(given: Standing, wanted: Move) -> dict[str, tuple[list[Fulfilment], list[Units]]] | None:
    """What nobody has of lines that were to be shipped: by the decision that asked their store, with its ended tasks.

    None where somebody sends any of it: then inventory has moved its promise, whatever its answer was.
    """
    standing = [part for part in given.parts if part.stands]
    if any(part.method is Method.SHIP and _touches(part, wanted) for part in standing):
        return None
    there = [one for one in given.parts if one.method is Method.COLLECT and one.location_id == wanted.source]
    there.sort(key=lambda one: one.update_time, reverse=True)
    found: dict[str, tuple[list[Fulfilment], list[Units]]] = {}
    for line, run in domain_cancelled.free(given.order, standing, given.gone):
        if line.line_no in wanted.line_nos:
            # one that goes on with other lines has none of these any more
            last = next((one for one in there if any(each.line_no == line.line_no for each in one.lines)), there[0])
            ended, runs = found.setdefault(last.decision_id, ([], []))
            ended += [last] if last not in ended and not last.stands else []
            runs.append((line, run))
    return found


def _asks(rule: Rule, given: Standing, line_nos: Collection[int]) -> int:
    """What a fee is for these lines, as a checkout counts: what is sold by measure is one unit."""
    runs = [(line, run) for line in given.order.lines if line.line_no in line_nos for run in given.kept(line)]
    goods = sum(domain_units.payable(line, run, given.order.tax_included) for line, run in runs)
    return rule.fee(goods, sum(last - first + 1 for _, (first, last) in runs))


def _touches(part: Fulfilment, wanted: Move) -> bool:
    return any(one.line_no in wanted.line_nos for one in part.lines)


def _tasks(given: Sequence[Fulfilment], wanted: Move) -> list[Fulfilment]:
    return [
        part
        for part in given
        if part.stands and part.method is Method.COLLECT and part.location_id == wanted.source
        and _touches(part, wanted)
    ]  # fmt: skip


def _lines(given: Standing, asked: SetFulfilment) -> list[Line] | Why:
    standing = {line.line_no: line for line in given.order.lines if given.kept(line)}
    collected = [no for no, line in standing.items() if line.method is Method.COLLECT]
    for number in asked.line_nos:
        if number not in standing or standing[number].method is Method.CARRY_OUT:
            return (REFUSED, f"there is no line {number} that is still to come", _LINES)
        if number not in collected:
            return (REFUSED, f"line {number} is shipped: cancel it, and add it again to be collected", _LINES)
    if not collected:
        return (REFUSED, "nothing of the order is collected", _LINES)
    return [standing[number] for number in sorted(asked.line_nos or collected)]


def _elsewhere(given: Standing, found: Move) -> Why:
    if found.target == found.source:
        return (REFUSED, "it is collected there already", _PLACE)
    offered = found.target in given.stores
    return None if offered else (NOT_OFFERED, f"nothing can be collected at {found.target}", _PLACE)


def _shippable(given: Standing, found: Move) -> Why:
    """As the checkout would have it, where that costs nothing which nobody has secured."""
    if given.order.delivery is not None and given.order.delivery.collect_location_id:
        return (REFUSED, "what is shipped of this order goes to a store: collect it in another one instead")
    if not given.order.contact_id:
        return (REFUSED, "the order names nobody to whom it could be shipped: say who receives it first")
    costs = fee(given, found.line_nos)
    return (REFUSED, "bringing it costs a fee that nobody has secured: cancel it, and order anew") if costs else None


def _untouched(given: Standing, found: Move, lines: Sequence[Line]) -> Why:
    """Every unit must wait at its store, where nobody has begun to work on it."""
    standing = [part for part in given.parts if part.stands]
    waits = {part.fulfilment_id for part in waiting(standing, found)}
    for part in standing:
        touched = [one.line_no for one in part.lines if one.line_no in found.line_nos]
        if touched and part.fulfilment_id not in waits:
            if part.state is State.ON_HOLD:
                return (REFUSED, f"line {touched[0]} is held back: {part.reason or 'by its store'}", _LINES)
            return (TOO_LATE, f"work on line {touched[0]} has begun: it is {part.state}", _LINES)
    nobodys = {line.line_no for line, _ in domain_cancelled.free(given.order, standing, given.gone)}
    for line in lines:
        if line.line_no in nobodys:
            return (REFUSED, f"its store cannot have line {line.line_no} ready: its shopper is being asked", _LINES)
    if waits & set(given.booked):
        return (REFUSED, "its shopper comes to that store at a time that he booked: cancel that first")
    return None
