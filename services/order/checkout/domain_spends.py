"""What of what a member holds an order uses, and what that pays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from kit.errors import Code, Fault, invalid

if TYPE_CHECKING:  # a line knows nothing of what pays for it, an order does
    from services.order.checkout.domain import Line

MAX_SPENDS = 20
_MOST = 1_000_000_000


class Kind(StrEnum):
    """What can be spent; points go by their own way."""

    CREDIT = "CREDIT"
    GIFT_CARD = "GIFT_CARD"
    COUPON = "COUPON"
    PREPAID = "PREPAID"
    BENEFIT = "BENEFIT"


OPENERS = (Kind.COUPON, Kind.BENEFIT)
# how a part that it pays is called among the tenders
TENDERS = {Kind.CREDIT: "STORE_CREDIT", Kind.GIFT_CARD: "GIFT_CARD", Kind.PREPAID: "PREPAID"}


class RuleNotInForce(Fault):
    """The rule that a coupon or benefit opens is not in force, or not in that version."""

    code = Code.FAILED_PRECONDITION
    reason = "RULE_NOT_IN_FORCE"


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that is used; `pays` is its part of the grand total, nothing for what opens a rule."""

    kind: Kind
    ref: str = ""
    amount: int = 0
    quantity: int = 0
    rule_id: str = ""
    rule_version: int = 0
    line_no: int = 0
    sku: str = ""
    unit_value: int = 0
    pays: int = 0


def checked(uses: Sequence[Use], member_id: str | None, points: int) -> None:
    """Refuses uses that make no sense, naming the field."""
    if len(uses) > MAX_SPENDS:
        raise invalid("spends", f"must hold at most {MAX_SPENDS}")
    if len({(use.kind, use.ref) for use in uses}) < len(uses):
        raise invalid("spends", "must not name the same thing twice")
    opened = [use.rule_id for use in uses if use.kind in OPENERS]
    if len(set(opened)) < len(opened):
        raise invalid("spends", "must open each rule once")
    for place, use in enumerate(uses):
        _check(f"spends[{place}]", use, member_id)
    if points and any(use.kind is Kind.PREPAID for use in uses):
        raise invalid("spend_points", "must be 0 where units are taken that were paid for before: order them apart")


def settled(
    uses: Sequence[Use], lines: Sequence["Line"], applied: Iterable[str], total: int, included: bool
) -> list[Use]:
    """What of the uses the order needs, in the order that they were given: coupons that helped, then what pays.

    Prepaid units come first, or money would pay for what is paid for already.
    """
    helped = set(applied)
    used = [use for use in uses if use.kind in OPENERS and use.rule_id in helped]
    taken: dict[int, int] = {}
    for use in (use for use in uses if use.kind is Kind.PREPAID):
        line = _line(use, lines)
        first = taken.get(line.line_no, 0)
        if first + use.quantity > line.quantity:
            raise invalid("spends", f"must take at most the {line.quantity} units of line {line.line_no}")
        taken[line.line_no] = first + use.quantity
        pays = sum(
            min(each, use.unit_value) if use.unit_value else each
            for each in _payable(line, first, use.quantity, included)
        )
        total -= pays
        used.append(replace(use, sku=line.sku, pays=pays))
    for use in (use for use in uses if use.kind in (Kind.GIFT_CARD, Kind.CREDIT)):
        pays = min(use.amount, total)
        total -= pays
        if pays:
            used.append(replace(use, amount=pays, pays=pays))
    return used


def prepaid(uses: Iterable[Use], line_no: int) -> int:
    """What of a line units pay that were paid for before; nobody earns on that twice."""
    return sum(use.pays for use in uses if use.kind is Kind.PREPAID and use.line_no == line_no)


def returned(uses: Sequence[Use], before: int, upto: int) -> list[Use]:
    """What comes back when units worth `upto - before` of an order end, after others worth `before` did.

    Value goes back before money: what a card was authorised for still pays the rest.
    """
    back: list[Use] = []
    passed = 0
    for use in reversed([use for use in uses if use.kind in (Kind.GIFT_CARD, Kind.CREDIT)]):
        low, high = max(before, passed), min(upto, passed + use.pays)
        passed += use.pays
        if high > low:
            back.append(replace(use, amount=high - low, pays=high - low))
    return back


def on_units(uses: Sequence[Use], runs: Sequence[tuple[int, int, int]], before: int, upto: int) -> list[Use]:
    """What comes back with units that nobody will get, as (line, first, last), worth `upto - before`."""
    units = [use for line_no, first, last in runs for use in returned_units(uses, line_no, first, last)]
    sums: dict[str, Use] = {}
    for use in units:
        had = sums.get(use.ref)
        sums[use.ref] = replace(use, quantity=use.quantity + had.quantity) if had else use
    return [*sums.values(), *returned(uses, before, upto)]


def returned_units(uses: Iterable[Use], line_no: int, first: int, last: int) -> list[Use]:
    """Of a line's units, those that were paid for before; they were taken from its first unit on."""
    back, start = [], 0
    for use in (use for use in uses if use.kind is Kind.PREPAID and use.line_no == line_no):
        many = min(last, start + use.quantity - 1) - max(first, start) + 1
        start += use.quantity
        if many > 0:
            back.append(replace(use, quantity=many))
    return back


def _payable(line: "Line", first: int, count: int, included: bool) -> list[int]:
    """What each of these units costs the shopper."""
    each = (
        run.net_amount + (0 if included else run.tax_amount) - run.points_value
        for run in line.units
        for _ in range(run.count)
    )
    return list(islice(each, first, first + count))


def _line(use: Use, lines: Sequence["Line"]) -> "Line":
    line = next((line for line in lines if line.line_no == use.line_no), None)
    if line is None or line.by_measure:
        raise invalid("spends", "must name the line, of pieces, that its units are of")
    return line


def _check(path: str, use: Use, member_id: str | None) -> None:
    if member_id is None and use.kind is not Kind.GIFT_CARD:
        raise invalid(f"{path}.kind", "must be GIFT_CARD without a member")
    if use.kind in (Kind.CREDIT, Kind.GIFT_CARD) and not 1 <= use.amount <= _MOST:
        raise invalid(f"{path}.amount", f"must be 1 to {_MOST}")
    if use.kind is Kind.PREPAID and not 1 <= use.quantity <= _MOST:
        raise invalid(f"{path}.quantity", f"must be 1 to {_MOST}")
    if use.kind in OPENERS and not use.rule_id:
        raise invalid(f"{path}.rule_id", "must name the rule that it opens")
    if use.unit_value < 0:
        raise invalid(f"{path}.unit_value", "must not be negative")
