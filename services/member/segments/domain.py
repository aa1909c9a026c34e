"""A segment: a rule over what is known of members, checked word by word before it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kit.errors import Code, Fault, invalid

DEPTH, CONDITIONS, VALUES = 6, 50, 100
_LONGEST = 64
_MOST = 10**15
_DAYS = 36_500


class SegmentUnknown(Fault):
    """No segment has that id."""

    code = Code.NOT_FOUND
    reason = "SEGMENT_UNKNOWN"


class Type(StrEnum):
    """What kind of value a field has."""

    NUMBER = "NUMBER"
    TIME = "TIME"
    WORD = "WORD"
    SET = "SET"


class Operator(StrEnum):
    """How a field is compared. Times are compared by whole days before now."""

    IS = "IS"
    IS_NOT = "IS_NOT"
    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"
    WITHIN_DAYS = "WITHIN_DAYS"
    BEFORE_DAYS = "BEFORE_DAYS"
    NEVER = "NEVER"
    EVER = "EVER"
    HAS_ANY = "HAS_ANY"
    HAS_NONE = "HAS_NONE"


OPERATORS = {
    Type.NUMBER: (Operator.IS, Operator.IS_NOT, Operator.AT_LEAST, Operator.AT_MOST),
    Type.TIME: (Operator.WITHIN_DAYS, Operator.BEFORE_DAYS, Operator.NEVER, Operator.EVER),
    Type.WORD: (Operator.IS, Operator.IS_NOT),
    Type.SET: (Operator.HAS_ANY, Operator.HAS_NONE),
}
_ALONE = {Operator.NEVER, Operator.EVER}
_MANY = {Operator.IS, Operator.IS_NOT, Operator.HAS_ANY, Operator.HAS_NONE}


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is known of each member; `words` are all its values, none: any word."""

    name: str
    type: Type
    words: tuple[str, ...] = ()


CHANNEL_CLASSES = ("NONE", "STORE_ONLY", "ONLINE_ONLY", "BOTH")
GROUPS = (
    "CHAMPIONS", "LOYAL", "ACTIVE", "NEW", "PROMISING", "NEEDS_ATTENTION", "AT_RISK", "PREVIOUSLY_LOYAL",
    "ALMOST_LOST", "DORMANT", "PROSPECTS",
)  # fmt: skip

FIELDS = {
    field.name: field
    for field in (
        Field("orders", Type.NUMBER),
        Field("store_orders", Type.NUMBER),
        Field("online_orders", Type.NUMBER),
        Field("spend", Type.NUMBER),
        Field("cycle_days", Type.NUMBER),
        # how many whole cycles have passed since the last order: 2 is late
        Field("cycles_late", Type.NUMBER),
        Field("points", Type.NUMBER),
        Field("join_time", Type.TIME),
        Field("first_order_time", Type.TIME),
        Field("last_order_time", Type.TIME),
        Field("last_store_time", Type.TIME),
        Field("last_online_time", Type.TIME),
        Field("last_app_time", Type.TIME),
        Field("last_touch_time", Type.TIME),
        Field("last_open_time", Type.TIME),
        Field("last_click_time", Type.TIME),
        Field("channel_class", Type.WORD, CHANNEL_CLASSES),
        Field("rfm_group", Type.WORD, GROUPS),
        Field("claimed", Type.WORD, ("true", "false")),
        Field("tier", Type.WORD),
        Field("source", Type.WORD),
        Field("last_location_id", Type.WORD),
        Field("tags", Type.SET),
    )
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison."""

    field: str
    operator: Operator
    values: tuple[str, ...] = ()

    @property
    def numbers(self) -> list[int]:
        """The values of a comparison with numbers or days."""
        return [int(value) for value in self.values]


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these holds; none: always."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of these holds."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    rule: "Rule"


Rule = Condition | All | Any | Not


@dataclass(frozen=True, slots=True)
class Segment:
    """A rule with a name."""

    segment_id: str
    version: int
    name: str
    rule: Rule


def check(rule: Rule, where: str = "rule") -> None:
    """Refuses a rule that cannot be meant, and says at which place of it."""
    if _count(rule) > CONDITIONS:
        raise invalid(where, f"must hold at most {CONDITIONS} conditions")
    _check(rule, where, 1)


def _count(rule: Rule) -> int:
    match rule:
        case All(rules) | Any(rules):
            return sum(map(_count, rules))
        case Not(inner):
            return _count(inner)
        case Condition():
            return 1


def _check(rule: Rule, where: str, depth: int) -> None:
    if depth > DEPTH:
        raise invalid(where, f"must not be nested deeper than {DEPTH}")
    match rule:
        case All(rules):
            _check_each(rules, f"{where}.all", depth)
        case Any(rules):
            if not rules:
                raise invalid(f"{where}.any", "must name at least one rule: nobody would be meant")
            _check_each(rules, f"{where}.any", depth)
        case Not(inner):
            _check(inner, f"{where}.not", depth + 1)
        case Condition():
            _check_condition(rule, where)


def _check_each(rules: Sequence[Rule], where: str, depth: int) -> None:
    for index, rule in enumerate(rules):
        _check(rule, f"{where}[{index}]", depth + 1)


def _check_condition(condition: Condition, where: str) -> None:
    field = FIELDS.get(condition.field)
    if field is None:
        raise invalid(f"{where}.field", f"must be one of {', '.join(FIELDS)}")
    if condition.operator not in OPERATORS[field.type]:
        raise invalid(f"{where}.operator", f"must be one of {', '.join(OPERATORS[field.type])} for {field.name}")
    if condition.operator in _ALONE:
        if condition.values:
            raise invalid(f"{where}.values", f"must be empty with {condition.operator}")
        return
    most = VALUES if condition.operator in _MANY else 1
    if not 1 <= len(condition.values) <= most:
        raise invalid(f"{where}.values", f"must hold 1 to {most} values" if most > 1 else "must hold one value")
    for index, value in enumerate(condition.values):
        _check_value(field, value, f"{where}.values[{index}]")


def _check_value(field: Field, value: str, where: str) -> None:
    if field.type in (Type.NUMBER, Type.TIME):
        least, most = (0, _DAYS) if field.type is Type.TIME else (-_MOST, _MOST)
        if not (value.removeprefix("-").isascii() and value.removeprefix("-").isdigit()):
            raise invalid(where, "must be a whole number")
        if len(value) > len(str(-_MOST)) or not least <= int(value) <= most:
            raise invalid(where, f"must be {least} to {most}")
    elif field.words:
        if value not in field.words:
            raise invalid(where, f"must be one of {', '.join(field.words)}")
    elif not 1 <= len(value) <= _LONGEST or "\x00" in value:
        raise invalid(where, f"must be 1 to {_LONGEST} characters")
