"""Members out of a seed, as rows for COPY: sealed and found by keyed hash as the service itself does it."""

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from benchmarks.members import binary
from benchmarks.members.binary import Column
from services.member.identity.domain import By
from services.member.identity.persons import Persons
from services.member.vault import Vault

SEED = 20_261_123
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 400_000
_MILLISECONDS = int(BEGIN.timestamp() * 1000)
_ODD = 2_654_435_761
# as long as each other, so that what is sealed is
_FAMILIES, _GIVEN = "陳林黃張李王吳劉蔡楊", ("小明", "佳怡", "雅婷", "志豪", "美玲", "俊傑", "淑芬", "家豪")

TABLES = {
    "member_keys": ("member_id", "key_wrapped"),
    "members": (
        "member_id", "kind", "name_sealed", "source", "join_time", "version", "actor_kind", "actor_id",
    ),
    "identifier_holders": ("lookup", "kind", "member_id"),
    "member_identifiers": ("member_id", "kind", "lookup", "value_sealed", "verify_time", "source", "add_time"),
    "member_facts": ("member_id", "join_time", "known", "source"),
}  # fmt: skip


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
    return str(uuid.UUID(bytes=member_ids(number, 1).tobytes()))


def member_ids(first: int, count: int) -> Column:
    """The ids of so many."""
    numbers = np.arange(first, first + count, dtype=np.uint64)
    return binary.uuids(_MILLISECONDS + numbers, numbers * np.uint64(_ODD) % np.uint64(2**62))


def ids(first: int, count: int, place: int) -> Column:
    """Ids of something that each of so many members has."""
    numbers = np.arange(first, first + count, dtype=np.uint64)
    return binary.uuids(_MILLISECONDS + numbers, (numbers << np.uint64(8)) | np.uint64(place))


def rows(keys: Keys, first: int, count: int) -> dict[str, bytes]:
    """The rows of so many members, by table."""
    persons, chance = Persons(Vault([keys.wrapping], keys.hashing)), random.Random(SEED + first)
    sealed = [_sealed(persons, chance, number) for number in range(first, first + count)]
    key, name, value, lookup = (binary.each(values) for values in zip(*sealed, strict=True))
    member = member_ids(first, count)
    joined = binary.times(BEGIN, np.random.default_rng([SEED, first]).integers(0, MINUTES, count))
    version, operator = binary.same_number(1), (binary.same("service"), binary.same("operator"))
    by, imported, app = binary.same("phone"), binary.same("import"), binary.same("app")
    known = binary.same_number(1, 2)
    columns = {
        "member_keys": (member, key),
        "members": (member, binary.same("member"), name, imported, joined, version, *operator),
        "identifier_holders": (lookup, by, member),
        "member_identifiers": (member, by, lookup, value, joined, app, joined),
        "member_facts": (member, joined, known, imported),
    }
    return {table: binary.rows(count, columns[table]) for table in TABLES}


def _sealed(persons: Persons, chance: random.Random, number: int) -> tuple[bytes, bytes, bytes, bytes]:
    """His key, name, telephone, and what the telephone is found by."""
    who, told = member_id(number), phone(number)
    key = persons.new_key(who)
    name = persons.seal(key, who, "name", chance.choice(_FAMILIES) + chance.choice(_GIVEN))
    return key, name, persons.seal(key, who, By.PHONE, told), persons.lookup(By.PHONE, told)
