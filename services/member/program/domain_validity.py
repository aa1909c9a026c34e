"""What a program must be to make sense; refusals name the field that its author has to change."""

from collections.abc import Iterable, Sequence

from kit.errors import invalid
from services.member.program.domain import (
    Activation,
    Begins,
    EarningRule,
    Ends,
    Expiry,
    Mode,
    Program,
    Scope,
    Start,
    Tier,
    TierPolicy,
    Validity,
)

MAX_TIERS, MAX_RULES, MAX_LISTED, MAX_TOLD = 20, 50, 1000, 10
MOST = 1_000_000_000_000
_MAX_BP = 1_000_000
_MAX_DAYS = 36_500
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# what validity or start by the calendar needs
_CALENDAR = "must follow the calendar (MONTH, QUARTER, HALF or YEAR)"


def check(program: Program) -> None:
    """Raises FIELD_INVALID with the first field that makes no sense."""
    for field, value in (("amount_per_point", program.amount_per_point), ("point_value", program.point_value)):
        _between(f"program.{field}", value, 1, MOST)
    _between("program.qualifying_days", program.qualifying_days, 1, _MAX_DAYS)
    for field in ("pending_days", "expire_days", "reinstate_days", "return_window_days"):
        _between(f"program.{field}", getattr(program, field), 0, _MAX_DAYS)
    _tiers(program.tiers)
    _rules(program)
    _scope("program.not_earning", program.not_earning)
    _multipliers(program.location_multipliers)
    _activation(program.activation)
    _expiry(program.expiry)
    _policy(program.policy)


def _between(field: str, value: int, least: int, most: int) -> None:
    if value < least:
        raise invalid(field, "must not be negative" if least == 0 else f"must be {least} or more")
    if value > most:
        raise invalid(field, f"must be at most {most}")


def _tiers(tiers: Iterable[Tier]) -> None:
    floor, seen = -1, set[str]()
    for index, tier in enumerate(tiers):
        where = f"program.tiers[{index}]"
        if index == MAX_TIERS:
            raise invalid("program.tiers", f"must be at most {MAX_TIERS}")
        if tier.tier in seen:
            raise invalid(f"{where}.tier", "must not be there twice")
        if tier.min_spend <= floor:
            raise invalid(f"{where}.min_spend", f"must be more than {floor}: tiers go from low to high")
        _between(f"{where}.min_spend", tier.min_spend, 0, MOST)
        _between(f"{where}.valid_days", tier.valid_days, 1, _MAX_DAYS)
        _between(f"{where}.earn_multiplier_bp", tier.multiplier_bp, 0, _MAX_BP)
        floor = tier.min_spend
        seen.add(tier.tier)


def check_bounds(bounds: Sequence[tuple[int, int]]) -> None:
    """Tiers given as (from, below): where an author says where one ends, the next one must begin there."""
    for index, (_, below) in enumerate(bounds):
        if not below:
            continue
        field = f"program.tiers[{index}].below_spend"
        if index + 1 == len(bounds):
            raise invalid(field, "must not be set: nothing is above the highest tier")
        following = bounds[index + 1][0]
        if below < following:
            raise invalid(field, f"must be {following}: between the two would be no tier")
        if below > following:
            raise invalid(field, f"must be {following}: the next tier begins there, they overlap")


def _rules(program: Program) -> None:
    if len(program.rules) > MAX_RULES:
        raise invalid("program.earning_rules", f"must be at most {MAX_RULES}")
    seen = set[str]()
    for index, rule in enumerate(program.rules):
        where = f"program.earning_rules[{index}]"
        if rule.rule_id in seen:
            raise invalid(f"{where}.rule_id", "must not be there twice")
        seen.add(rule.rule_id)
        _rule(where, rule, program)


def _rule(where: str, rule: EarningRule, program: Program) -> None:
    _between(f"{where}.points", rule.points, 1, 1_000_000)
    per_money = rule.mode is Mode.MONEY
    _between(f"{where}.amount", rule.amount, int(per_money), MOST if per_money else 0)
    _between(f"{where}.min_quantity", rule.min_quantity, 0, 1_000_000)
    _between(f"{where}.min_amount", rule.min_amount, 0, MOST)
    if rule.min_amount_without_tax and not rule.min_amount:
        raise invalid(f"{where}.min_amount_without_tax", "must not be set without min_amount")
    _scope(f"{where}.scope", rule.scope)
    for at, tier in enumerate(rule.tiers):
        if program.tier(tier) is None:
            raise invalid(f"{where}.tiers[{at}]", f"must be a tier of the program: {tier} is none")
    for field, listed in (("location_ids", rule.location_ids), ("channel_ids", rule.channel_ids)):
        if len(listed) > MAX_LISTED:
            raise invalid(f"{where}.{field}", f"must be at most {MAX_LISTED}")
    if rule.start_time and rule.end_time and rule.end_time <= rule.start_time:
        raise invalid(f"{where}.end_time", "must be after start_time")


def _scope(where: str, scope: Scope) -> None:
    for field in ("skus", "product_ids", "categories", "tags"):
        listed = getattr(scope, field)
        if len(listed) > MAX_LISTED:
            raise invalid(f"{where}.{field}", f"must be at most {MAX_LISTED}")
        if "" in listed:
            raise invalid(f"{where}.{field}[{listed.index('')}]", "must not be empty")


def _multipliers(multipliers: Iterable[tuple[str, int]]) -> None:
    seen = set[str]()
    for index, (location_id, times) in enumerate(multipliers):
        where = f"program.location_multipliers[{index}]"
        if location_id in seen:
            raise invalid(f"{where}.location_id", "must not be there twice")
        _between(f"{where}.earn_multiplier_bp", times, 0, _MAX_BP)
        seen.add(location_id)


def _activation(rule: Activation) -> None:
    if rule.start is Start.PENDING_DAYS and (rule.after or rule.rounding):
        raise invalid("program.activation.start", "must say from when `after` and `rounding` count")


def _expiry(rule: Expiry) -> None:
    dated = rule.ends is Ends.FIXED_DATE
    least, most = {
        Ends.DAYS: (1, _MAX_DAYS),
        Ends.END_OF_MONTH: (0, 1200),
        Ends.END_OF_YEAR: (1, 100),
        Ends.FIXED_DATE: (0, _MAX_DAYS),
    }.get(rule.ends, (0, 0))
    _between("program.expiry.number", rule.number, least, most)
    _day("program.expiry.month", "program.expiry.day", rule.month, rule.day, wanted=dated)


def _day(month_field: str, day_field: str, month: int, day: int, *, wanted: bool) -> None:
    _between(month_field, month, int(wanted), 12 if wanted else 0)
    _between(day_field, day, int(wanted), _MONTH_DAYS[month - 1] if wanted else 0)


def _policy(policy: TierPolicy) -> None:
    where = "program.tier_policy"
    by_calendar = policy.period.span is not None
    if policy.begins is Begins.NEXT_PERIOD and not by_calendar:
        raise invalid(f"{where}.period", f"{_CALENDAR} for tiers that begin with the next period")
    if policy.validity in (Validity.END_OF_PERIOD, Validity.END_OF_NEXT_PERIOD) and not by_calendar:
        raise invalid(f"{where}.period", f"{_CALENDAR} for tiers that end with a period")
    cycle = policy.validity is Validity.CYCLE_DATE
    _day(f"{where}.cycle_month", f"{where}.cycle_day", policy.cycle_month, policy.cycle_day, wanted=cycle)
    if policy.grace_rounding and not policy.grace:
        raise invalid(f"{where}.grace_rounding", "must not be set without grace")
    if policy.balance_drop_after and not policy.balance_drop:
        raise invalid(f"{where}.balance_drop_after", "must not be set without balance_drop")
    _between(f"{where}.return_days", policy.return_days, 0, _MAX_DAYS)
    _scope(f"{where}.excluded", policy.excluded)
    if len(policy.expiring_days) > MAX_TOLD:
        raise invalid(f"{where}.expiring_days", f"must be at most {MAX_TOLD}")
    for index, days in enumerate(policy.expiring_days):
        _between(f"{where}.expiring_days[{index}]", days, 1, _MAX_DAYS)
        if days in policy.expiring_days[:index]:
            raise invalid(f"{where}.expiring_days[{index}]", "must not be there twice")
