"""What an order earns: each rule of the program over the lines that it is about, floored once per order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.member.program.domain import UNSORTED, WHOLE, EarningRule, Goods, Mode, Program


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as far as points care; lines of one `group` are handed over together."""

    line_no: int
    earn_base: int
    net: int
    group: str
    handed_over: bool
    # a good sold by measure is one
    units: int = 1
    sku: str = ""
    # what is tax of `net`, or comes on top of it
    tax: int = 0
    # of a good sold by measure, how much
    measure: int = 0


@dataclass(frozen=True, slots=True)
class Sale:
    """A member's order, online or in a store."""

    order_id: str
    member_id: str
    business_time: datetime
    lines: tuple[SoldLine, ...]
    points_spent: int
    location_id: str = ""
    channel_id: str = ""
    tax_included: bool = True
    # what it costs besides its lines
    delivery: int = 0
    # what the points that were spent on it paid
    points_value: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """What one rule gives, line by line, and on what each line earned it: money, or units."""

    rule_version: str
    points: tuple[int, ...]
    bases: tuple[int, ...]
    by_unit: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a sale earns: the program, the member's tier at that time, and how the catalogue sorts goods."""

    program: Program
    tier: str = ""
    goods: Mapping[str, Goods] = field(default_factory=dict)

    def sorted(self, sku: str) -> Goods:
        """How the catalogue sorts a good; nobody may have told yet."""
        return self.goods.get(sku, UNSORTED)

    def multiplier(self, location_id: str) -> int:
        """Tier times store, in basis points of basis points."""
        tier = self.program.tier(self.tier)
        return (tier.multiplier_bp if tier else WHOLE) * self.program.multiplier_bp(location_id)


def earnings(sale: Sale, terms: Terms) -> list[Earned]:
    """What the order earns by each rule that gives it anything; before a program is published nothing is earned."""
    program = terms.program
    if not program.version:
        return []
    implied = EarningRule(program.rule_version, 0, Mode.MONEY, 1, program.amount_per_point)
    found = [
        _by(rule, name, sale, terms)
        for name, rule in [(rule.named, rule) for rule in program.rules] or [(program.rule_version, implied)]
    ]
    return [one for one in found if one is not None]


def _by(rule: EarningRule, name: str, sale: Sale, terms: Terms) -> Earned | None:
    about = [_about(rule, line, terms) for line in sale.lines]
    if not _applies(rule, sale, terms, about):
        return None
    by_unit = rule.mode is Mode.UNIT
    # lines that carry no money or less earn nothing and take nothing away
    bases = [line.earn_base if one else 0 for line, one in zip(sale.lines, about, strict=True)]
    if by_unit:
        bases = [line.units if base > 0 else 0 for line, base in zip(sale.lines, bases, strict=True)]
    times = WHOLE * WHOLE if rule.unmultiplied else terms.multiplier(sale.location_id)
    total = _total(rule, sum(bases), times)
    return Earned(name, tuple(split(total, bases)), tuple(bases), by_unit) if total else None


def _about(rule: EarningRule, line: SoldLine, terms: Terms) -> bool:
    goods = terms.sorted(line.sku)
    excluded = bool(terms.program.not_earning) and terms.program.not_earning.names(line.sku, goods)
    return line.earn_base > 0 and not excluded and (not rule.scope or rule.scope.names(line.sku, goods))


def _applies(rule: EarningRule, sale: Sale, terms: Terms, about: Sequence[bool]) -> bool:
    lines = [line for line, one in zip(sale.lines, about, strict=True) if one]
    told = ((rule.tiers, terms.tier), (rule.location_ids, sale.location_id), (rule.channel_ids, sale.channel_id))
    if not lines or any(listed and one not in listed for listed, one in told):
        return False
    if rule.start_time and sale.business_time < rule.start_time:
        return False
    if rule.end_time and sale.business_time >= rule.end_time:
        return False
    cost = sum(_cost(line, with_tax=not rule.min_amount_without_tax, included=sale.tax_included) for line in lines)
    return sum(line.units for line in lines) >= rule.min_quantity and cost >= rule.min_amount


def _cost(line: SoldLine, *, with_tax: bool, included: bool) -> int:
    if with_tax == included:
        return line.net
    return line.net + line.tax if with_tax else line.net - line.tax


def _total(rule: EarningRule, base: int, times: int) -> int:
    match rule.mode:
        case Mode.MONEY:
            return base * rule.points * times // (rule.amount * WHOLE * WHOLE)
        case Mode.UNIT:
            return base * rule.points * times // (WHOLE * WHOLE)
        case Mode.ORDER:
            return rule.points * times // (WHOLE * WHOLE) if base else 0


def split(total: int, weights: Sequence[int]) -> list[int]:
    """A total over weights by largest fraction, then by order, so that the parts sum to it."""
    whole = sum(weights)
    if not total or not whole:
        return [0] * len(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    points = [quotient for quotient, _ in parts]
    by_fraction = sorted(range(len(points)), key=lambda index: (-parts[index][1], index))
    for index in by_fraction[: total - sum(points)]:
        points[index] += 1
    return points
