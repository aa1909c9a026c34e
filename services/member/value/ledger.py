"""Transfers of value as double entries, before they are written."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kit.ids import uuid7
from services.member.value.domain import Account, Kind, Lot, Verb

# which lot, which account of it, how much comes in
Entry = tuple[str, Account, int]


@dataclass(frozen=True, slots=True)
class Why:
    """What a transfer belongs to."""

    key: str
    moment: datetime
    reason: str = ""
    order_id: str | None = None
    location_id: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One immutable movement; happens once by its natural key.

    `amount` is what the member's statement shows: got positive, spent negative, 0 where it only moves inside.
    """

    transfer_id: str
    natural_key: str
    verb: Verb
    kind: Kind
    member_id: str | None
    amount: int
    order_id: str | None
    location_id: str
    reason: str
    business_time: datetime
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        total = sum(amount for _, _, amount in self.entries)
        if total:
            raise ValueError(f"the entries of {self.natural_key} sum to {total}")


def move(
    verb: Verb, member_id: str | None, parts: Iterable[tuple[Lot, int]], source: Account, target: Account, why: Why
) -> list[Transfer]:
    """From one account to another, each part in its own lot: one transfer for each kind."""
    by_kind: dict[Kind, Counter[str]] = {}
    for lot, amount in parts:
        by_kind.setdefault(lot.kind, Counter())[lot.lot_id] += amount
    return [
        transfer(verb, kind, member_id, shown(sum(sums.values()), source, target), _entries(sums, source, target), why)
        for kind, sums in sorted(by_kind.items())
    ]


def moves(verb: Verb, parts: Sequence[tuple[Lot, int]], source: Account, target: Account, why: Why) -> list[Transfer]:
    """From one account to another, each part in its own lot: one transfer for each owner and kind."""
    by_member: dict[str | None, list[tuple[Lot, int]]] = {}
    for lot, amount in parts:
        by_member.setdefault(lot.member_id, []).append((lot, amount))
    moved: list[Transfer] = []
    for member_id, own in by_member.items():
        # bearer lots stand for themselves
        key = why.key if len(by_member) == 1 else f"{why.key}:{member_id or own[0][0].lot_id}"
        moved += move(verb, member_id, own, source, target, replace(why, key=key))
    return moved


def transfer(
    verb: Verb, kind: Kind, member_id: str | None, amount: int, entries: Sequence[Entry], why: Why
) -> Transfer:
    """One transfer; its natural key says verb, kind and what it belongs to."""
    key = f"{verb.name.lower()}:{kind.name.lower()}:{why.key}"
    return Transfer(
        uuid7(), key, verb, kind, member_id, amount, why.order_id, why.location_id, why.reason, why.moment,
        tuple(entries),
    )  # fmt: skip


_OWN = (Account.ACTIVE, Account.HELD)


def shown(amount: int, source: Account, target: Account) -> int:
    """What a movement is to the member."""
    if (source in _OWN) == (target in _OWN):
        return 0
    return amount if target in _OWN else -amount


def _entries(sums: Counter[str], source: Account, target: Account) -> list[Entry]:
    return [
        entry
        for lot_id, amount in sorted(sums.items())
        for entry in ((lot_id, source, -amount), (lot_id, target, amount))
    ]
