"""Signing keys in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx
from services.member.access.domain_keys import SigningKey

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('signing_keys'))"

_ALL = "SELECT kid, public_key, private_sealed, active_time FROM signing_keys ORDER BY kid"

_INSERT = """
INSERT INTO signing_keys (kid, public_key, private_sealed, active_time) VALUES ($1, $2, $3, $4)
"""

_DELETE_ALL = "DELETE FROM signing_keys WHERE kid >= ''"

_KEEP = "DELETE FROM signing_keys WHERE kid >= '' AND kid <> ALL($1::text[])"


@dataclass(frozen=True, slots=True)
class Row:
    """A key as it is kept."""

    kid: str
    public_key: bytes
    private_sealed: bytes
    active_time: datetime


async def lock(tx: Tx) -> None:
    """Lets one replica at a time make a key."""
    await tx.execute(_LOCK)


async def all_of(tx: Tx) -> list[Row]:
    """Every key."""
    return [Row(*row) for row in await tx.fetch(_ALL)]


async def insert(tx: Tx, key: SigningKey, sealed: bytes) -> None:
    """Keeps a new key."""
    await tx.execute(_INSERT, key.kid, key.public, sealed, key.active_time)


async def delete_all(tx: Tx) -> None:
    """Forgets every key."""
    await tx.execute(_DELETE_ALL)


async def keep(tx: Tx, kids: Sequence[str]) -> None:
    """Forgets every key but these."""
    await tx.execute(_KEEP, list(kids))
