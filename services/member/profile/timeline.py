"""The timeline of a member: what happened between him and the brand, in the transaction where it happened."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kit.postgres import Tx
from services.member.identity.persons import Persons
from services.member.identity.register import Register
from services.member.profile import store_timeline as store
from services.member.vault import Vault

_NAMES = uuid.UUID("6f6d6f00-7469-5d65-8c69-6e6500000001")


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened. `record_id` is a UUID: of version 5 over the natural key where there is one.

    `data` is plain and never personal: codes, counts, ids. What somebody said or wrote goes into `text`,
    which is sealed under the member's key.
    """

    record_id: str
    member_id: str
    kind: str  # a domain_timeline.Kind: whatever is none of them nobody sees
    source: str  # who tells: "order", "till", "staff", "service", "chat", "campaign", "app" …
    business_time: datetime
    location_id: str = ""
    staff_code: str = ""
    subject_id: str = ""  # the order, conversation, message … that it is about
    data: Mapping[str, str | int] = field(default_factory=dict)
    text: str | None = field(default=None, repr=False)
    was: str = ""  # the id by which earlier versions kept it: a record that stands there already is not told again


async def append(tx: Tx, vault: Vault, records: Sequence[Record]) -> None:
    """Keeps records, also under ids that tills made and of persons whom nobody knows yet; one told again stays."""
    meant = await store.meant(tx, sorted({one.member_id for one in records}))
    register = Register(Persons(vault))
    rows = []
    before = await store.standing(tx, [(meant[one.member_id], one.was) for one in records if one.was])
    for one in records:
        if one.was in before:
            continue
        member_id = meant[one.member_id]
        sealed = await register.seal(tx, member_id, place(one.record_id), one.text) if one.text else None
        rows.append(_row(one, member_id, sealed))
    await store.insert(tx, rows)


async def keep(tx: Tx, records: Sequence[Record]) -> None:
    """Keeps records without words of members whom the caller has resolved."""
    await store.insert(tx, [_row(one, one.member_id, None) for one in records])


def named(*parts: str) -> str:
    """The id of a record that has a natural key: told again it is the same record."""
    return str(uuid.uuid5(_NAMES, "\0".join(parts)))


def place(record_id: str) -> str:
    """Where a record's text is sealed."""
    return f"timeline:{record_id}"


def _row(one: Record, member_id: str, sealed: bytes | None) -> store.Row:
    return store.Row(
        member_id,
        one.record_id,
        one.kind,
        one.source,
        one.business_time,
        one.location_id,
        one.staff_code,
        one.subject_id,
        json.dumps(dict(one.data), ensure_ascii=False),
        sealed,
    )
