"""Members and their ledgers out of a seed, as lines for COPY: all as the service itself would have written it."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.member.identity.domain import By
from services.member.identity.persons import Persons
from services.member.points.domain import Account, Kind
from services.member.points.ledger import NO_LOT
from services.member.vault import Vault

SEED = 20_261_123
# what each member's ledger has: two lots earned and activated, part of one expired
ENTRIES_EACH = 10
AT_ONCE = 5_000
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_NAMES = ("陳小明", "林佳怡", "王雅婷", "張志豪", "李美玲", "黃俊傑", "吳淑芬", "劉家豪")

TABLES = {
    "member_keys": "member_id, key_wrapped",
    "members": "member_id, kind, name_sealed, source, join_time, version, actor_kind, actor_id",
    "identifier_holders": "lookup, kind, member_id",
    "member_identifiers": "member_id, kind, lookup, value_sealed, verify_time, source, add_time",
    "member_facts": "member_id, join_time, known, source",
    "points_balances": "member_id, version, active, expired, tier, newest_sale_time",
    "points_lots": "member_id, lot_id, line_nos, line_points, points, pending, active, earn_time, activate_time, "
    "expire_time, rule_version, line_bases, line_units, expired",
    "points_transfers": "member_id, transfer_id, kind, natural_key, points, business_time, reason, rule_version, "
    "actor_kind, actor_id, terminal_id",
    "points_entries": "member_id, transfer_id, account, lot_id, amount",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The service's own keys, so that it can read what was generated."""

    wrapping: bytes
    hashing: bytes


def phone(number: int) -> str:
    """The telephone of a member by his number."""
    return f"+8869{number:08d}"


def member_id(number: int) -> str:
    """His id: version 7, a millisecond after the one before."""
    at = int(_BEGIN.timestamp() * 1000) + number
    return str(uuid.UUID(int=(at << 80) | (7 << 76) | (2 << 62) | (number * 2_654_435_761 % 2**62)))


def lines(keys: Keys, first: int, count: int) -> dict[str, bytes]:
    """The lines of so many members, by table."""
    vault = Vault([keys.wrapping], keys.hashing)
    found: dict[str, list[str]] = {table: [] for table in TABLES}
    for number in range(first, first + count):
        for table, line in _member(Persons(vault), number):
            found[table].append(line)
    return {table: "".join(rows).encode() for table, rows in found.items()}


def _member(persons: Persons, number: int) -> Iterator[tuple[str, str]]:
    chance, who = random.Random(SEED + number), member_id(number)
    joined = _BEGIN + timedelta(minutes=chance.randrange(400_000))
    key = persons.new_key(who)
    name = persons.seal(key, who, "name", chance.choice(_NAMES))
    value, lookup = persons.seal(key, who, By.PHONE, phone(number)), persons.lookup(By.PHONE, phone(number))
    yield "member_keys", f"{who}\t{_bytes(key)}\n"
    yield "members", f"{who}\tmember\t{_bytes(name)}\timport\t{joined}\t1\tservice\toperator\n"
    yield "identifier_holders", f"{_bytes(lookup)}\tphone\t{who}\n"
    yield "member_identifiers", f"{who}\tphone\t{_bytes(lookup)}\t{_bytes(value)}\t{joined}\tapp\t{joined}\n"
    yield "member_facts", f"{who}\t{joined}\t1\timport\n"
    yield from _ledger(chance, who, number)


def _ledger(chance: random.Random, who: str, number: int) -> Iterator[tuple[str, str]]:
    active, newest, expired = 0, _BEGIN, 0
    for place in range(2):
        points, lot = chance.randrange(200, 2_000), _of(number, place)
        at = _BEGIN + timedelta(minutes=chance.randrange(400_000))
        gone = points // 4 if place == 0 else 0
        active, newest, expired = active + points - gone, max(newest, at), expired + gone
        end = at + timedelta(days=730)
        yield (
            "points_lots",
            (
                f"{who}\t{lot}\t{{1}}\t{{{points}}}\t{points}\t0\t{points - gone}\t{at}\t{at}\t{end}\t1"
                f"\t{{{points * 10}}}\t{{1}}\t{gone}\n"
            ),
        )
        earned = ((Account.ISSUED, NO_LOT, -points), (Account.PENDING, lot, points))
        yield from _transfer(who, _of(number, 10 + place), Kind.EARN, points, at, earned)
        ready = ((Account.PENDING, lot, -points), (Account.ACTIVE, lot, points))
        yield from _transfer(who, _of(number, 20 + place), Kind.ACTIVATE, points, at, ready)
        if gone:
            lost = ((Account.ACTIVE, lot, -gone), (Account.EXPIRED, NO_LOT, gone))
            yield from _transfer(who, _of(number, 30), Kind.EXPIRE, -gone, at, lost)
    yield "points_balances", f"{who}\t5\t{active}\t{expired}\t\t{newest}\n"


def _transfer(
    who: str, transfer: str, kind: Kind, points: int, at: datetime, entries: tuple[tuple[Account, str, int], ...]
) -> Iterator[tuple[str, str]]:
    yield (
        "points_transfers",
        (f"{who}\t{transfer}\t{int(kind)}\tgenerated:{transfer}\t{points}\t{at}\tgenerated\t1\tservice\toperator\t\n"),
    )
    yield (
        "points_entries",
        "".join(f"{who}\t{transfer}\t{int(account)}\t{lot}\t{amount}\n" for account, lot, amount in entries),
    )


def _of(number: int, place: int) -> str:
    """An id of something of a member's."""
    at = int(_BEGIN.timestamp() * 1000) + number
    return str(uuid.UUID(int=(at << 80) | (7 << 76) | (2 << 62) | (number << 8) | place))


def _bytes(data: bytes) -> str:
    return f"\\\\x{data.hex()}"
