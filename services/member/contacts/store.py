"""Sealed contacts in the database."""

from dataclasses import dataclass

from kit.postgres import Tx

_INSERT = """
INSERT INTO contacts (contact_id, member_id, name_sealed, phone_sealed, address_sealed, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

_GET = """
SELECT contact_id, contacts.member_id, name_sealed, phone_sealed, address_sealed, key_wrapped
  FROM contacts JOIN member_keys USING (member_id) WHERE contact_id = $1
"""

_COUNT = "SELECT count(*) FROM contacts WHERE member_id = $1"


@dataclass(frozen=True, slots=True)
class Row:
    """A contact as it is kept, with its member's wrapped key."""

    contact_id: str
    member_id: str
    name_sealed: bytes
    phone_sealed: bytes
    address_sealed: bytes
    key_wrapped: bytes


async def insert(tx: Tx, row: Row, actor_kind: str, actor_id: str) -> None:
    """Keeps a contact."""
    one = row
    sealed = (one.name_sealed, one.phone_sealed, one.address_sealed)
    await tx.execute(_INSERT, one.contact_id, one.member_id, *sealed, actor_kind, actor_id)


async def get(tx: Tx, contact_id: str) -> Row | None:
    """One contact, as long as its member's key is kept."""
    row = await tx.fetchrow(_GET, contact_id)
    return Row(*row) if row else None


async def count(tx: Tx, member_id: str) -> int:
    """How many contacts are sealed for an id."""
    return int(await tx.fetchval(_COUNT, member_id))
