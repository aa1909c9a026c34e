"""Enters a campaign's segment, piece by piece: what a piece did and how far it came commit together."""

from datetime import datetime, timedelta

from kit import access, faultpoints, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from services.member.campaigns import store
from services.member.campaigns.domain import Campaign, State
from services.member.campaigns.entering import Candidate, Entering
from services.member.segments import wire as segments_wire
from services.member.segments.usecases import FIRST, Segments

RUN = "campaigns.run"
# Members looked at in one transaction, not members found: each step takes as long whoever is meant.
PIECE = 2000

faultpoints.register("campaigns.before_step", "campaigns.after_step")


class Running:
    """A leased timer per campaign; whoever holds it goes on where the last one stopped."""

    def __init__(self, db: Database, clock: Clock, segments: Segments, entering: Entering) -> None:
        self._db = db
        self._clock = clock
        self._segments = segments
        self._entering = entering

    async def run(self, due: Due) -> None:
        """Works until the segment is through, or somebody stops it."""
        with access.acting_as(access.service("member")):
            more = True
            while more:
                faultpoints.hit("campaigns.before_step")
                async with self._db.transaction() as tx:
                    await timers.keep(tx, due)
                    more = await self._step(tx, due)
                faultpoints.hit("campaigns.after_step")

    async def _step(self, tx: Tx, due: Due) -> bool:
        """One piece; False at the end, when the timer has ended too."""
        row = await store.lock(tx, due.key)
        if row is None or row["state"] not in (State.ACTIVE, State.RUNNING):
            await timers.finish(tx, due)
            return False
        campaign, now = store.campaign(row), self._clock()
        if campaign.end_time is not None and now >= campaign.end_time:
            await self._end(tx, due, campaign, now, None)
            return False
        if campaign.state is State.ACTIVE:
            segment = await self._segments.get(tx, campaign.segment_id)
            await store.begin(tx, campaign.campaign_id, FIRST, now, segment.version)
            return True
        return await self._piece(tx, due, campaign, row["cursor"], row["as_of"], row["segment_version"])

    async def _piece(
        self, tx: Tx, due: Due, campaign: Campaign, cursor: str, as_of: datetime, segment_version: int
    ) -> bool:
        kept = await store.rule(tx, campaign.segment_id, segment_version)
        assert kept is not None, "a version of a segment is never taken away"
        rule = segments_wire.segment(kept).rule
        until, members = await self._segments.piece(tx, rule, as_of, cursor, PIECE)
        if until is None:
            await self._end(tx, due, campaign, self._clock(), as_of)
            return False
        occasion = str(campaign.run)
        await self._entering.enter(tx, campaign, [Candidate(one, occasion, as_of) for one in members])
        await store.step(tx, campaign.campaign_id, until)
        return True

    async def _end(self, tx: Tx, due: Due, campaign: Campaign, now: datetime, began: datetime | None) -> None:
        await timers.finish(tx, due)
        following = began + timedelta(days=campaign.every_days) if began is not None and campaign.every_days else None
        if following is None or (campaign.end_time is not None and following >= campaign.end_time):
            await store.end(tx, campaign.campaign_id, State.DONE, now)
            return
        await store.end(tx, campaign.campaign_id, State.ACTIVE, now)
        await timers.schedule(tx, RUN, campaign.campaign_id, max(following, now))
