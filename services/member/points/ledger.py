"""Transfers of points as double entries, before they are written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.member.points.domain import Account, Kind

NO_LOT = "00000000-0000-0000-0000-000000000000"

# which account, which lot of it, how many points come in
Entry = tuple[Account, str, int]
Entries = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """One immutable movement of a member's points; happens once by its natural key.

    `points` is what the member's statement shows: earned positive, spent negative.
    """

    member_id: str
    transfer_id: str
    kind: Kind
    natural_key: str
    points: int
    order_id: str | None
    business_time: datetime
    reason: str
    rule_version: str
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        total = sum(amount for _, _, amount in self.entries)
        if total:
            raise ValueError(f"the entries of {self.natural_key} sum to {total}")


@dataclass(slots=True)
class Balance:
    """A member's balances and tier, as the row holds them; changed by `post`, written back whole."""

    member_id: str
    version: int = 0
    pending: int = 0
    active: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    debt: int = 0
    tier: str = ""
    tier_since_time: datetime | None = None
    tier_valid_until_time: datetime | None = None
    # the tier's clockwork, and when it changes by itself next (services/member/tiers)
    tier_clock: str = "{}"
    tier_due_time: datetime | None = None
    newest_sale_time: datetime | None = None

    def post(self, transfers: Iterable[Transfer]) -> None:
        """Adds the entries of this member's transfers."""
        for transfer in transfers:
            for account, _, amount in transfer.entries:
                self._add(account, amount)

    def _add(self, account: Account, amount: int) -> None:
        match account:
            case Account.PENDING:
                self.pending += amount
            case Account.ACTIVE:
                self.active += amount
            case Account.HELD:
                self.held += amount
            case Account.SPENT:
                self.spent += amount
            case Account.EXPIRED:
                self.expired += amount
            case Account.DEBT:
                self.debt -= amount
            case Account.ISSUED | Account.SETTLED:
                pass


@dataclass(slots=True)
class NewLot:
    """A lot that an order opens."""

    member_id: str
    lot_id: str
    order_id: str | None
    line_nos: list[int]
    line_points: list[int]
    points: int
    earn_time: datetime
    activate_time: datetime | None
    expire_time: datetime | None
    rule_version: str
    pending: int = 0
    active: int = 0
    line_units: list[int] = field(default_factory=list)
    line_bases: list[int] = field(default_factory=list)
    by_unit: bool = False
    line_measures: list[int] = field(default_factory=list)


def earn_entries(lots: Sequence[NewLot]) -> tuple[Entry, ...]:
    """From the brand into each lot, pending."""
    return (
        (Account.ISSUED, NO_LOT, -sum(lot.points for lot in lots)),
        *((Account.PENDING, lot.lot_id, lot.points) for lot in lots),
    )


def activate_entries(lots: Iterable[tuple[str, int]]) -> tuple[Entry, ...]:
    """From pending to active, lot by lot."""
    return tuple(
        entry
        for lot_id, points in lots
        for entry in ((Account.PENDING, lot_id, -points), (Account.ACTIVE, lot_id, points))
    )


def move_entries(parts: Iterable[tuple[str, int]], source: Account, target: Account) -> tuple[Entry, ...]:
    """From one of the member's accounts to another, each part in its own lot."""
    return tuple(entry for lot_id, points in parts for entry in ((source, lot_id, -points), (target, lot_id, points)))


def out_entries(parts: Sequence[tuple[str, int]], source: Account, target: Account) -> tuple[Entry, ...]:
    """From lots of an account to an account of the brand's."""
    return (
        *((source, lot_id, -points) for lot_id, points in parts),
        (target, NO_LOT, sum(points for _, points in parts)),
    )


def back_entries(parts: Sequence[tuple[str, int]], source: Account, target: Account) -> tuple[Entry, ...]:
    """From an account of the brand's back into lots."""
    return (
        (source, NO_LOT, -sum(points for _, points in parts)),
        *((target, lot_id, points) for lot_id, points in parts),
    )
