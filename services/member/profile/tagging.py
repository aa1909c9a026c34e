"""Tags: given by store staff, marketing, service, rules and answers; each change with who, when and why."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit import access, outbox, timers
from kit.access import Kind as Who
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from kit.timers import Due
from services.member.identity.register import Register
from services.member.points import reading
from services.member.profile import domain_tags as domain
from services.member.profile import store_tags as store
from services.member.profile import store_timeline, wire_tags
from services.member.profile.domain_tags import Change, ChangeRow, Definition, Origin, Tag, TagUnknown

EXPIRY = "profile.tag_expiry"


@dataclass(frozen=True, slots=True)
class Given:
    """As who and where a tag is given or taken away, and why."""

    origin: Origin
    staff_code: str = ""
    location_id: str = ""
    why: str = ""


class Tagging:
    """What a member is tagged with."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register = register
        self._clock = clock

    async def define(self, tx: Tx, definition: Definition) -> Definition:
        """Makes or changes a word of the list."""
        actor = access.current().actor
        return await store.put_definition(tx, domain.check(definition), actor.kind, actor.id)

    async def set(self, tx: Tx, member_id: str, tag: str, why: str, expire_time: datetime | None) -> Tag:
        """Tags a member as the caller; raises TagUnknown, TagNotYours, MemberUnknown."""
        await reading.require_member(tx, member_id)
        principal = access.current()
        definition = await self._definition(tx, tag)
        origin = domain.origin_of(definition, principal.roles, staff=principal.kind is Who.STAFF)
        where = principal.location_ids[0] if principal.kind is Who.STAFF and principal.location_ids else ""
        given = Given(origin, principal.staff_code, where, why)
        return await self._give(tx, member_id, definition, given, expire_time)

    async def give(self, tx: Tx, member_id: str, tags: Sequence[str], given: Given) -> None:
        """Tags by a rule or an answer; words that are no longer given are passed over."""
        for tag in tags:
            definition = await store.definition(tx, tag)
            if definition is not None and definition.active and given.origin.value.lower() in definition.origins:
                await self._give(tx, member_id, definition, given, None)

    async def remove(self, tx: Tx, member_id: str, tag: str, why: str) -> None:
        """Takes a tag away; whoever may give it may take it. One that is not there is no fault."""
        await reading.require_member(tx, member_id)
        principal = access.current()
        definition = await store.definition(tx, tag)
        if definition is None:
            raise TagUnknown("the brand's list has no such tag", tag=tag, field="tag")
        origin = domain.origin_of(definition, principal.roles, staff=principal.kind is Who.STAFF)
        meant = (await store_timeline.ids(tx, member_id))[0]
        gone = await store.remove(tx, meant, tag)
        if gone is not None:
            where = principal.location_ids[0] if principal.location_ids else ""
            await self._note(tx, gone, Change.REMOVED, Given(origin, principal.staff_code, where, why))

    async def tags(self, tx: Tx, member_id: str) -> list[Tag]:
        """What a member is tagged with now."""
        meant = (await store_timeline.ids(tx, member_id))[0]
        rows = await store.of_member(tx, meant, self._clock())
        sealed = {place(row.tag): row.why_sealed for row in rows if row.why_sealed is not None}
        why = await self._register.open_all(tx, meant, sealed)
        return [_tag(row, why.get(place(row.tag), "")) for row in rows]

    async def expire(self, tx: Tx, dues: list[Due]) -> None:
        """Takes away what is past its time."""
        for due in sorted(dues, key=lambda due: due.key):
            member_id, _, tag = due.key.partition(" ")
            meant = (await store_timeline.ids(tx, member_id))[0]
            gone = await store.expire(tx, meant, tag, self._clock())
            if gone is not None:
                await self._note(tx, gone, Change.EXPIRED, Given(Origin(gone.origin)))

    async def _give(self, tx: Tx, member_id: str, definition: Definition, given: Given, asked: datetime | None) -> Tag:
        meant = (await store_timeline.ids(tx, member_id))[0]
        now = self._clock()
        until = domain.expiry(definition, asked, now)
        tag = definition.tag
        why = await self._register.seal(tx, meant, place(tag), given.why) if given.why else None
        row = store.Row(meant, tag, given.origin, given.staff_code, given.location_id, why, now, until)
        await store.put(tx, row)
        await self._note(tx, row, Change.SET, given)
        if until is not None:
            await timers.schedule(tx, EXPIRY, f"{meant} {tag}", until)
        return _tag(row, given.why)

    async def _note(self, tx: Tx, row: store.Row, kind: Change, given: Given) -> None:
        actor = access.current().actor
        change_id, now = uuid7(), row.set_time if kind is Change.SET else self._clock()
        why = await self._register.seal(tx, row.member_id, change_place(change_id), given.why) if given.why else None
        until = row.expire_time if kind is Change.SET else None
        change = ChangeRow(
            *(row.member_id, change_id, row.tag, kind, given.origin, actor.kind, actor.id, actor.terminal_id),
            *(given.location_id, why, until, now),
        )
        await store.note(tx, change)
        version = await store.next_version(tx, row.member_id)
        await outbox.append(tx, wire_tags.changed(change, version))

    async def _definition(self, tx: Tx, tag: str) -> Definition:
        found = await store.definition(tx, tag)
        if found is None or not found.active:
            raise TagUnknown("the brand's list has no such tag, or it is no longer given", tag=tag, field="tag")
        return found


def place(tag: str) -> str:
    """Where the reason of a tag is sealed."""
    return f"tag:{tag}"


def change_place(change_id: str) -> str:
    """Where the reason of a change is sealed."""
    return f"tag-change:{change_id}"


def first_change() -> str:
    """Before any change, read from the newest."""
    return str(uuid.UUID(int=(1 << 128) - 1))


def _tag(row: store.Row, why: str) -> Tag:
    origin = Origin(row.origin)
    return Tag(row.member_id, row.tag, origin, row.staff_code, row.location_id, row.set_time, row.expire_time, why)
