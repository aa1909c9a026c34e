"""What a store's sale comes to: what each of its units cost, and what about it a person should look at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from omo_pricing import units

MAX_FACTS = 50
MAX_AMOUNT = 10**15
"""Of one line, in minor units, and of one quantity: more is a broken number, and fifty of them still fit a bigint."""
NAMELESS = "UNKNOWN"
"""The SKU of a line that names neither a SKU nor a barcode."""

Run = tuple[int, int, int, int, tuple[int, ...]]
"""Last unit, then what EACH unit of the run came to: list, net, tax, and its share of each of the line's discounts."""


class Flag(StrEnum):
    """Why a person should look at a sale."""

    UNKNOWN_SKU = "UNKNOWN_SKU"
    UNKNOWN_STAFF = "UNKNOWN_STAFF"
    UNKNOWN_MEMBER = "UNKNOWN_MEMBER"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    UNKNOWN_CHANNEL = "UNKNOWN_CHANNEL"
    UNKNOWN_RULE = "UNKNOWN_RULE"
    FOREIGN_CURRENCY = "FOREIGN_CURRENCY"
    TENDERS_DIFFER = "TENDERS_DIFFER"
    """What was paid is not what the lines come to."""
    NEGATIVE_LINE = "NEGATIVE_LINE"
    """Less than nothing was sold: a return that the till knows no other way to say."""
    NOT_CARRIED_OUT = "NOT_CARRIED_OUT"
    """A line still to be delivered, of which the till did not say how: no task was opened."""
    CLOCK_WRONG = "CLOCK_WRONG"
    """The till's clock was years off: the sale is dated when it came in. The subject is what the till said."""
    UNITS_TAKEN_BACK = "UNITS_TAKEN_BACK"
    """The till took units back that nothing explains, or not for what they had cost. The subject is its return."""
    TRYOUT_UNKNOWN = "TRYOUT_UNKNOWN"
    """It names a reservation that was not, or not any more. The subject is its id."""
    CONTACT_UNKNOWN = "CONTACT_UNKNOWN"
    """Goods are to be sent to a contact that is not the member's."""
    RULE_OVERUSED = "RULE_OVERUSED"
    """A rule gave something more often than it may. The subject is the rule."""
    SERIAL_TWICE = "SERIAL_TWICE"
    """A serial that is with another shopper already. The subject is the serial."""
    DUPLICATE_SALE = "DUPLICATE_SALE"
    """Another sale came under the same id."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A flag and what it is about."""

    flag: Flag
    subject: str


@dataclass(frozen=True, slots=True)
class Names:
    """What sales name that others own; and, the same again, which of it is known."""

    skus: frozenset[str] = frozenset()
    staff_codes: frozenset[str] = frozenset()
    member_ids: frozenset[str] = frozenset()
    location_ids: frozenset[str] = frozenset()
    channel_ids: frozenset[str] = frozenset()


@dataclass(slots=True)
class Named:
    """What one sale names."""

    location_id: str
    channel_id: str
    member_id: str | None
    rules_version: str
    skus: set[str] = field(default_factory=set)
    staff_codes: set[str] = field(default_factory=set)
    rule_ids: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a place and channel sold."""

    location_id: str
    channel_id: str
    channel_kind: str
    baskets: int
    lines: int
    units: int
    quantity: int
    revenue: int


@dataclass(frozen=True, slots=True)
class Review:
    """A flagged sale, as the queue shows it."""

    record_time: datetime
    order_id: str
    flag: str
    subject: str
    location_id: str


def runs(
    quantity: int, by_measure: bool, listed: int, net: int, tax: int, discounts: Sequence[int], tax_included: bool
) -> tuple[Run, ...]:
    """The units of a line as it was stated, whatever its arithmetic allows.

    A line of no goods has no units, though it may have money. A line of less than
    nothing cannot be split: only a single unit can be said to have cost it.
    """
    count = 1 if by_measure and quantity > 0 else quantity
    if count < 1:
        return ()
    if count == 1:
        return ((0, listed, net, tax, tuple(discounts)),)
    if listed < 0 or net < 0 or tax < 0:
        return ()
    if not (listed % count or tax % count or any(amount % count for amount in discounts)):
        return ((count - 1, listed // count, net // count, tax // count, tuple(each // count for each in discounts)),)
    return _split(count, listed, tax, discounts, tax_included)


def _split(count: int, listed: int, tax: int, discounts: Sequence[int], tax_included: bool) -> tuple[Run, ...]:
    names = [str(place) for place in range(len(discounts))]
    split = units.stated(count, listed, dict(zip(names, discounts, strict=True)), tax, tax_included)
    return tuple(
        (run.last, run.gross, run.net, run.tax, tuple(run.discounts.get(name, 0) for name in names)) for run in split
    )


def earn_base(net: int, tax: int, tax_included: bool, without_tax: bool) -> int:
    """What points are earned on; never less than nothing."""
    return max(net - tax if without_tax and tax_included else net, 0)


def names(sales: Iterable[Named]) -> Names:
    """What all of these sales name together."""
    all_of = list(sales)
    return Names(
        frozenset().union(*(each.skus for each in all_of)),
        frozenset().union(*(each.staff_codes for each in all_of)),
        frozenset(each.member_id for each in all_of if each.member_id),
        frozenset(each.location_id for each in all_of),
        frozenset(each.channel_id for each in all_of),
    )


def unknown(named: Named, known: Names, rules: frozenset[str] | None) -> list[Finding]:
    """What a sale names that we have never heard of; `rules` are those of its version, None if there is no such."""
    found = [Finding(Flag.UNKNOWN_SKU, sku) for sku in sorted(named.skus - known.skus)]
    found += [Finding(Flag.UNKNOWN_STAFF, code) for code in sorted(named.staff_codes - known.staff_codes)]
    if named.member_id and named.member_id not in known.member_ids:
        found.append(Finding(Flag.UNKNOWN_MEMBER, named.member_id))
    if named.location_id not in known.location_ids:
        found.append(Finding(Flag.UNKNOWN_LOCATION, named.location_id))
    if named.channel_id not in known.channel_ids:
        found.append(Finding(Flag.UNKNOWN_CHANNEL, named.channel_id))
    if is_ours(named.rules_version):
        missing = [f"version {named.rules_version}"] if rules is None else sorted(named.rule_ids - rules)
        found += [Finding(Flag.UNKNOWN_RULE, subject) for subject in missing]
    return found


def is_ours(rules_version: str) -> bool:
    """Whether a sale says that it was priced by our rules; a till may have codes of its own, which nobody can check."""
    return (
        rules_version.isdecimal()
        and rules_version.isascii()
        and int(rules_version[:18]) >= 1
        and len(rules_version) < 18
    )
