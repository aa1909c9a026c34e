"""Reads a member's timeline, as far as whoever asks may see it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kit import access
from kit.access import Kind as Who
from kit.access import Principal
from kit.postgres import Tx
from services.member.points import store_told
from services.member.privacy import consents, opening
from services.member.profile import domain_timeline as domain
from services.member.profile import store_advisers, timeline
from services.member.profile import store_timeline as store
from services.member.profile.domain_timeline import Kind, Sight, Viewer
from services.member.vault import Vault

END = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as it is shown to one person."""

    row: store.Row
    data: dict[str, str]
    text: str


async def sight(tx: Tx, member_ids: Sequence[str], now: datetime) -> Sight:
    """What the present principal sees of a person."""
    principal = access.current()
    return domain.sight(
        await _viewers(tx, principal, member_ids, now),
        shared=await consents.allowed(tx, member_ids[0], "SHARING"),
    )


async def _viewers(tx: Tx, principal: Principal, member_ids: Sequence[str], now: datetime) -> frozenset[Viewer]:
    if principal.kind is Who.MEMBER:
        return frozenset({Viewer.MEMBER}) if principal.id in member_ids else frozenset()
    if principal.kind is Who.STAFF:
        return domain.viewers_of_staff(principal.staff_code, await store_advisers.of(tx, member_ids, now))
    return domain.viewers_of_hq(principal.roles) if principal.kind is Who.HQ else frozenset()


async def page(
    tx: Tx,
    vault: Vault,
    member_id: str,
    kinds: Sequence[Kind],
    before: tuple[datetime, str] | None,
    limit: int,
    now: datetime,
) -> list[Shown]:
    """Records newest first; of a page token the sort values of the last row are given back as `before`."""
    ids = await store.ids(tx, member_id)
    seen = await sight(tx, ids, now)
    asked, until = frozenset(kinds or Kind), before or END
    rows = await store.page(
        tx,
        ids,
        sorted(asked & (seen.anywhere | seen.here)),
        sorted(asked & seen.anywhere),
        access.current().location_ids,
        until,
        limit,
    )
    if Kind.POINTS in asked & seen.anywhere:
        rows = _newest(rows, await _points(tx, ids, until, limit), limit)
    return await shown(tx, vault, rows, ids, seen)


async def _points(tx: Tx, ids: Sequence[str], until: tuple[datetime, str], limit: int) -> list[store.Row]:
    """Records of points: the ledger is their only copy, so that no posting pays for being told."""
    found = await store_told.page(tx, ids, until, limit)
    return [
        store.Row(
            one.member_id,
            one.record_id,
            Kind.POINTS,
            "points",
            one.business_time,
            location_id="",
            staff_code="",
            subject_id=one.order_id,
            data=json.dumps({"move": one.move, "points": one.points}),
            text_sealed=None,
        )
        for one in found
    ]


def _newest(some: Sequence[store.Row], others: Sequence[store.Row], limit: int) -> list[store.Row]:
    both = sorted((*some, *others), key=lambda row: (row.business_time, row.record_id), reverse=True)
    return both[:limit]


async def shown(tx: Tx, vault: Vault, rows: Sequence[store.Row], ids: Sequence[str], seen: Sight) -> list[Shown]:
    """The records with their words, where they may be read."""
    opener = await opening.opener(tx, vault, ids)
    places = access.current().location_ids
    return [
        Shown(
            row,
            {name: str(value) for name, value in json.loads(row.data).items()},
            opener.text(row.member_id, timeline.place(row.record_id), row.text_sealed)
            if seen.reads(row.kind, row.location_id in places)
            else "",
        )
        for row in rows
    ]
