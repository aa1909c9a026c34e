"""What people note of a member: trials, visits, notes, complaints, calls, and what he himself looked at."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kit import access
from kit.access import Kind as Who
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import reading
from services.member.privacy import consents
from services.member.profile import store_timeline as store
from services.member.profile import timeline
from services.member.profile.domain_timeline import Kind, RecordUnknown
from services.member.profile.history import Shown
from services.member.profile.timeline import Record
from services.member.profile.usecases import Profile
from services.member.vault import Vault

_AHEAD_SECONDS = 300


@dataclass(frozen=True, slots=True)
class View:
    """A look at a good."""

    sku: str
    view_time: datetime
    seconds: int
    channel_id: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What somebody notes, before it is known who and where he is."""

    kind: Kind
    data: Mapping[str, str | int] = field(default_factory=dict)
    subject_id: str = ""
    text: str = field(default="", repr=False)


class Moments:
    """Each verb keeps one record, under the member whom the id means, with who noted it and where."""

    def __init__(self, vault: Vault, profile: Profile, clock: Clock) -> None:
        self._vault = vault
        self._profile = profile
        self._clock = clock

    async def keep(self, tx: Tx, member_id: str, noted: Moment) -> Shown:
        """Keeps what was noted now; raises MemberUnknown."""
        await reading.require_member(tx, member_id)
        meant = (await store.ids(tx, member_id))[0]
        principal = access.current()
        where = principal.location_ids[0] if principal.kind is Who.STAFF and principal.location_ids else ""
        record = Record(
            uuid7(),
            meant,
            noted.kind,
            source="staff" if principal.kind is Who.STAFF else _SOURCES.get(principal.kind, "service"),
            business_time=self._clock(),
            location_id=where,
            staff_code=principal.staff_code,
            subject_id=noted.subject_id,
            data=noted.data,
            text=noted.text or None,
        )
        await timeline.append(tx, self._vault, [record])
        return _shown(record)

    async def trial(self, tx: Tx, member_id: str, skus: Sequence[str], outcome: str, note: str, *, wish: bool) -> Shown:
        """What was tried; what the member hesitates over goes on the wish list, if it is wished."""
        noted = Moment(Kind.TRIAL, {"skus": " ".join(skus), "outcome": outcome}, skus[0], note)
        kept = await self.keep(tx, member_id, noted)
        for sku in skus if wish else ():
            await self._profile.add_wish(tx, member_id, sku, "")
        return kept

    async def settle(self, tx: Tx, member_id: str, record_id: str, text: str) -> Shown:
        """A complaint has been dealt with: a record of its own, for the first one is never changed."""
        ids = await store.ids(tx, member_id)
        complaint = await store.one(tx, ids, record_id)
        if complaint is None or complaint.kind != Kind.COMPLAINT or "settles" in json.loads(complaint.data):
            raise RecordUnknown("no such complaint", field="record_id", record_id=record_id)
        return await self.keep(tx, member_id, Moment(Kind.COMPLAINT, {"settles": record_id}, record_id, text))

    async def browsed(self, tx: Tx, member_id: str, views: Sequence[View]) -> int:
        """What the member looked at, if he agreed that it is kept; the same look told again is the same."""
        if not await consents.allowed(tx, member_id, "BROWSING"):
            return 0
        now = self._clock()
        known = [one for one in views if (one.view_time - now).total_seconds() < _AHEAD_SECONDS]
        records = [_browsed(member_id, one) for one in known]
        await timeline.append(tx, self._vault, records)
        return len(records)


_SOURCES = {Who.MEMBER: "member", Who.HQ: "service", Who.SERVICE: "service", Who.DEVICE: "till"}


def _browsed(member_id: str, view: View) -> Record:
    data: dict[str, str | int] = {"seconds": view.seconds}
    if view.channel_id:
        data["channel_id"] = view.channel_id
    named = timeline.named("view", member_id, view.sku, view.view_time.isoformat())
    return Record(named, member_id, Kind.BROWSING, "app", view.view_time, subject_id=view.sku, data=data)


def _shown(record: Record) -> Shown:
    row = store.Row(
        *(record.member_id, record.record_id, record.kind, record.source, record.business_time),
        *(record.location_id, record.staff_code, record.subject_id, "", None),
    )
    return Shown(row, {name: str(value) for name, value in record.data.items()}, record.text or "")
