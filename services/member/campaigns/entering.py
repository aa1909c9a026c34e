"""Lets members into campaigns: who is held out is only watched, the others are written to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kit.clock import Clock
from kit.postgres import Tx
from services.member.campaigns import domain, domain_lift, store, store_members
from services.member.campaigns.domain import STALE, Campaign, GoalKind, Trigger
from services.member.campaigns.goals import Goals
from services.member.campaigns.store_members import Entry
from services.member.engagement import outbound
from services.member.engagement.outbound import Outbound
from services.member.messages import store_rules
from services.member.segments.usecases import Segments


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom an occasion concerns. `occasion` tells one from the next: told again it is the same message."""

    member_id: str
    occasion: str
    moment: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    end_time: datetime | None = None


class Entering:
    """Everything in the caller's transaction."""

    def __init__(self, clock: Clock, zone: ZoneInfo, segments: Segments, goals: Goals) -> None:
        self._clock = clock
        self._zone = zone
        self._segments = segments
        self._goals = goals

    async def occur(self, tx: Tx, trigger: Trigger, candidates: Sequence[Candidate]) -> int:
        """An occasion: every campaign that waits for it takes those whom it means; answers how many are written to."""
        campaigns = await store.triggered(tx, [trigger], self._clock()) if candidates else []
        return sum([await self.concern(tx, campaign, candidates) for campaign in campaigns])

    async def concern(self, tx: Tx, campaign: Campaign, candidates: Sequence[Candidate]) -> int:
        """Those of these whom one campaign means."""
        meant = list(candidates)
        if campaign.segment_id:
            among = await self._segments.among(tx, campaign.segment_id, [one.member_id for one in meant])
            meant = [one for one in meant if one.member_id in among]
        return await self.enter(tx, campaign, meant)

    async def enter(self, tx: Tx, campaign: Campaign, candidates: Sequence[Candidate]) -> int:
        """Lets these in; answers how many are written to for the first time for their occasion."""
        if not candidates:
            return 0
        candidates = await self._meant(tx, candidates)
        first = {one.member_id: one for one in reversed(candidates)}
        # whoever entered under another id of his stays on the side on which he was
        before = await store_members.entered(tx, campaign.campaign_id, list(first))
        out = {
            one: before.get(one, domain_lift.held_out(campaign.campaign_id, one, campaign.hold_out_bp)) for one in first
        }
        entries = [Entry(one, out[one], first[one].moment) for one in first if one not in before]
        goal = campaign.goal
        await store_members.enter(tx, campaign.campaign_id, entries, int(goal.kind), goal.within_days)
        template = (await store_rules.templates(tx, [campaign.template_id])).get(campaign.template_id)
        # one moment for all: what is due together is sent together
        told, now = 0, self._clock()
        if template is not None:
            written = [one for one in candidates if not out[one.member_id]]
            told = await outbound.enqueue(tx, [self._message(campaign, one, template.purpose, now) for one in written])
        if goal.kind is not GoalKind.NONE:
            # what was hoped for may have been told before that which makes it count
            await self._goals.follow(tx, list(first))
        return told

    async def _meant(self, tx: Tx, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Under the ids that are meant: an event may name one that has become another's."""
        meant = await store_members.meant(tx, [one.member_id for one in candidates])
        return [replace(one, member_id=meant.get(one.member_id, one.member_id)) for one in candidates]

    def _message(self, campaign: Campaign, one: Candidate, purpose: outbound.Purpose, now: datetime) -> Outbound:
        due = domain.due(campaign, one.moment, now, self._zone)
        ends = [end for end in (one.end_time, campaign.end_time) if end is not None]
        if campaign.trigger is not Trigger.NONE:
            ends.append(_latest(campaign, one, self._zone))
        return Outbound(
            f"campaign:{campaign.campaign_id}:{one.occasion}:{one.member_id}",
            one.member_id,
            purpose,
            campaign.template_id,
            due,
            {**campaign.params, **one.params},
            campaign.channels,
            campaign.campaign_id,
            min(ends) if ends else None,
        )


def _latest(campaign: Campaign, one: Candidate, zone: ZoneInfo) -> datetime:
    """How long an occasion is worth a message, counted from when it should have gone out."""
    return domain.due(campaign, one.moment, one.moment, zone) + STALE
