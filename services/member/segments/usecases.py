"""Keeping segments, and asking whom they mean."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from asyncpg import Record

from kit import access
from kit.clock import Clock
from kit.postgres import Tx
from services.member.segments import domain, store, store_facts, store_query, store_rebuild, wire
from services.member.segments.domain import Rule, Segment, SegmentUnknown

SAMPLE = 10
REBUILT = 500
FIRST = "00000000-0000-0000-0000-000000000000"


class Segments:
    """Rules over facts; what they mean is asked of the database each time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def put(self, tx: Tx, segment_id: str, name: str, rule: Rule) -> Record:
        """Keeps a segment whose rule can be meant."""
        domain.check(rule, "segment.rule")
        return await store.put(tx, segment_id, name, wire.packed(rule), access.current().actor)

    async def row(self, tx: Tx, segment_id: str) -> Record:
        """The version in force, as it is kept."""
        row = await store.latest(tx, segment_id)
        if row is None:
            raise SegmentUnknown("there is no such segment", segment_id=segment_id, field="segment_id")
        return row

    async def get(self, tx: Tx, segment_id: str) -> Segment:
        """The version in force."""
        return wire.segment(await self.row(tx, segment_id))

    async def preview(self, tx: Tx, rule: Rule) -> tuple[int, list[str]]:
        """How many a rule means now, and a few of them."""
        domain.check(rule)
        now = self._clock()
        await store_query.patient(tx)
        members = await store_query.count(tx, store_query.compiled(rule, now))
        return members, await store_query.sample(tx, store_query.compiled(rule, now), SAMPLE)

    async def groups(self, tx: Tx) -> dict[str, int]:
        """How many members each RFM group has now."""
        await store_query.patient(tx)
        return await store_query.groups(tx, self._clock())

    async def among(self, tx: Tx, segment_id: str, member_ids: Sequence[str]) -> set[str]:
        """Which of these a segment means now."""
        segment = await self.get(tx, segment_id)
        return await store_query.among(tx, store_query.compiled(segment.rule, self._clock()), member_ids)

    async def of_member(self, tx: Tx, member_id: str, segment_ids: Sequence[str]) -> list[str]:
        """Which of these segments mean a member now; one that is unknown means nobody."""
        found = []
        for segment_id in segment_ids:
            with suppress(SegmentUnknown):
                if await self.among(tx, segment_id, [member_id]):
                    found.append(segment_id)
        return found

    async def piece(self, tx: Tx, rule: Rule, as_of: datetime, after: str, size: int) -> tuple[str | None, list[str]]:
        """The end of the next piece of all members, and whom of it the rule means; no end: that was the last."""
        until = await store_query.edge(tx, after, size)
        if until is None:
            return None, []
        return until, await store_query.between(tx, store_query.compiled(rule, as_of), after, until)


class Facts:
    """What is known of members, in one row each."""

    async def rebuild(self, tx: Tx, after: str) -> tuple[list[str], int]:
        """Fetches the orders of the next members from the other books: whom, and how many orders were not known.

        Their rows are locked first, as an event that names them does, so that what comes meanwhile waits.
        """
        members = await store_rebuild.following(tx, after, REBUILT)
        if not members:
            return [], 0
        await store_facts.lock(tx, members)
        orders = await store_rebuild.fetch(tx, members)
        await store_facts.refresh(tx, members)
        return members, orders

    async def refresh(self, tx: Tx, told: Sequence[str]) -> None:
        """Brings the rows of whoever these ids mean up to the books."""
        meant = await store_facts.meant(tx, told)
        absorbed = [one for one, person in meant.items() if one != person]
        await store_facts.lock(tx, list(meant.values()))
        if absorbed:
            await store_facts.drop(tx, absorbed)
        await store_facts.refresh(tx, list(meant.values()))
