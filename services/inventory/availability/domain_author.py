"""Whether rules can stand, and what looks wrong in them all the same; every word names its field."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.errors import Code, Fault, invalid
from services.inventory.availability.domain_filters import GOODS, PLACES, Clause, Field, Filter
from services.inventory.availability.domain_rules import LONGEST_HOLD, SHORTEST_HOLD, Display, Kind, Rule, Show

MOST_RULES = 500
_CHANNELLED = frozenset({Kind.THRESHOLD, Kind.SHIPPABLE, Kind.DISPLAY})
_PLACELESS = frozenset({Kind.THRESHOLD, Kind.DISPLAY})
_QUANTITIES = {
    Kind.SAFETY_STOCK: 1_000_000,
    Kind.THRESHOLD: 1_000_000,
    Kind.BACKORDER_CAP: 1_000_000,
    Kind.MIN_CONFIDENCE: 1_000,
    Kind.TRANSFER_DAYS: 365,
    Kind.HOLD_TTL: LONGEST_HOLD,
}
_LEAST = {Kind.HOLD_TTL: SHORTEST_HOLD}


class RulesUnknown(Fault):
    """No version of that number."""

    code = Code.NOT_FOUND
    reason = "RULES_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Known:
    """What rules may name."""

    skus: Collection[str]
    location_ids: Collection[str]
    groups: Collection[str]
    channel_ids: Collection[str]


def check(rules: Sequence[Rule]) -> None:
    """Refuses rules that say nothing, or what their kind cannot say."""
    if len(rules) > MOST_RULES:
        raise invalid("rules", f"must be at most {MOST_RULES}")
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        path = f"rules[{number}]"
        if rule.rule_id in seen:
            raise invalid(f"{path}.rule_id", f"{rule.rule_id} is named twice")
        seen.add(rule.rule_id)
        _check_scope(path, rule)
        _check_value(path, rule)
        if rule.start and rule.end and rule.end <= rule.start:
            raise invalid(f"{path}.end_time", "must be after start_time")


def _check_scope(path: str, rule: Rule) -> None:
    if rule.channel_ids and rule.kind not in _CHANNELLED:
        raise invalid(f"{path}.channel_ids", f"must be empty: {rule.kind} is the same in all channels")
    if not rule.places.open and rule.kind in _PLACELESS:
        raise invalid(f"{path}.places", f"must be empty: {rule.kind} is for a channel as a whole")
    for name, given, allowed in (("goods", rule.goods, GOODS), ("places", rule.places, PLACES)):
        for where, clause in _clauses(f"{path}.{name}", given):
            if clause.field not in allowed:
                raise invalid(f"{where}.field", f"must be one of {', '.join(sorted(allowed))}")


def _check_value(path: str, rule: Rule) -> None:
    least, most = _LEAST.get(rule.kind, 0), _QUANTITIES.get(rule.kind, 0)
    if not least <= rule.quantity <= most:
        text = f"must be {least} to {most}" if most else f"must not be given for {rule.kind}"
        raise invalid(f"{path}.quantity", text)
    if rule.kind is not Kind.DISPLAY:
        if rule.display != Display():
            raise invalid(f"{path}.display", f"must not be given for {rule.kind}")
        return
    shown = rule.display
    if shown.show is Show.LEVELS and not 1 <= shown.low_below <= shown.high_from <= 1_000_000:
        raise invalid(f"{path}.display.high_from", "must not be under low_below, and both must be 1 to 1000000")


def _clauses(path: str, given: Filter) -> Iterator[tuple[str, Clause]]:
    for name, clauses in (("include", given.include), ("exclude", given.exclude)):
        for number, clause in enumerate(clauses):
            yield f"{path}.{name}[{number}]", clause


def named(rules: Iterable[Rule], field: Field) -> set[str]:
    """All that the rules name in a field."""
    filters = (given for rule in rules for given in (rule.goods, rule.places))
    clauses = (clause for given in filters for clause in (*given.include, *given.exclude))
    return {value for clause in clauses if clause.field is field for value in clause.values}


def check_names(rules: Sequence[Rule], known: Known) -> None:
    """Refuses what is nowhere: a misspelt code must not become a rule that never matches."""
    held = {Field.SKU: known.skus, Field.LOCATION: known.location_ids, Field.GROUP: known.groups}
    for number, rule in enumerate(rules):
        for channel_id in sorted(rule.channel_ids - set(known.channel_ids)):
            raise invalid(f"rules[{number}].channel_ids", f"{channel_id} is no channel of the brand")
        clauses = [*_clauses(f"rules[{number}].goods", rule.goods), *_clauses(f"rules[{number}].places", rule.places)]
        for where, clause in clauses:
            if lost := sorted(clause.values - set(held.get(clause.field, clause.values))):
                raise invalid(f"{where}.values", f"{lost[0]} is no {clause.field} of the brand")


def warnings(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """Rules that can never win, and windows that overlap."""
    found = []
    for number, rule in enumerate(rules):
        later = [other for other in rules[number + 1 :] if other.kind is rule.kind]
        for other in later:
            if _covers(other, rule):
                text = f"never wins: {other.rule_id} comes later and matches everything it does"
                found.append((f"rules[{number}]", text))
                break
            if _windows_overlap(rule, other) and _same_scope(rule, other):
                text = f"overlaps {other.rule_id}, which comes later and wins while both are in force"
                found.append((f"rules[{number}].start_time", text))
    return found


def _covers(later: Rule, rule: Rule) -> bool:
    wide = later.goods in (Filter(), rule.goods) and later.places in (Filter(), rule.places)
    channels = not later.channel_ids or (bool(rule.channel_ids) and rule.channel_ids <= later.channel_ids)
    return wide and channels and _not_after(later.start, rule.start) and _not_before(later.end, rule.end)


def _not_after(left: datetime | None, right: datetime | None) -> bool:
    return left is None or (right is not None and left <= right)


def _not_before(left: datetime | None, right: datetime | None) -> bool:
    return left is None or (right is not None and left >= right)


def _windows_overlap(one: Rule, other: Rule) -> bool:
    if not (one.start or one.end) or not (other.start or other.end):
        return False
    begins = max((edge for edge in (one.start, other.start) if edge), default=None)
    ends = min((edge for edge in (one.end, other.end) if edge), default=None)
    return begins is None or ends is None or begins < ends


def _same_scope(one: Rule, other: Rule) -> bool:
    channels = not one.channel_ids or not other.channel_ids or bool(one.channel_ids & other.channel_ids)
    return one.goods == other.goods and one.places == other.places and channels
