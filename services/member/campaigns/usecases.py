"""Keeping campaigns, starting and stopping them, and asking what became of them."""

from asyncpg import Record

from kit import access, outbox, timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.telemetry import logs
from omo.member.v1 import campaigns_pb2
from services.member.campaigns import domain, store, store_members, wire
from services.member.campaigns.domain import Campaign, CampaignUnknown, Trigger
from services.member.campaigns.running import RUN
from services.member.messages import store_outcomes, store_rules
from services.member.messages import wire as messages_wire
from services.member.messages.domain_templates import TemplateUnknown
from services.member.segments.usecases import Segments

logs.allow("campaign")
_log = logs.get(__name__)


class Campaigns:
    """Whom to write to, what, and when."""

    def __init__(self, clock: Clock, segments: Segments) -> None:
        self._clock = clock
        self._segments = segments

    async def put(self, tx: Tx, asked: Campaign) -> Campaign:
        """Keeps a campaign that could be carried out and does not run."""
        kept = (await store_rules.templates(tx, [asked.template_id])).get(asked.template_id)
        if kept is None:
            raise TemplateUnknown("there is no such template", template_id=asked.template_id, field="template_id")
        domain.check(asked, kept)
        if asked.segment_id:
            await self._segments.row(tx, asked.segment_id)
        row = await store.lock(tx, asked.campaign_id)
        return await self._put(tx, domain.changed(store.campaign(row) if row else None, asked))

    async def get(self, tx: Tx, campaign_id: str) -> Campaign:
        """A campaign."""
        return store.campaign(_known(await store.one(tx, campaign_id), campaign_id))

    async def start(self, tx: Tx, campaign_id: str) -> Campaign:
        """Makes it active; one that stopped goes on where it was, and its blocks are counted anew."""
        row = _known(await store.lock(tx, campaign_id), campaign_id)
        present = store.campaign(row)
        following = domain.started(present, under_way=row["cursor"] is not None)
        if following is present:
            return present
        kept = await self._put(tx, following)
        await store_outcomes.forget_campaign(tx, campaign_id)
        if following.trigger is Trigger.NONE:
            now = self._clock()
            await timers.schedule(tx, RUN, campaign_id, max(following.start_time or now, now))
        return kept

    async def pause(self, tx: Tx, campaign_id: str) -> Campaign:
        """Sends no more of it until it is started again."""
        row = _known(await store.lock(tx, campaign_id), campaign_id)
        following = domain.paused(store.campaign(row))
        await timers.cancel(tx, RUN, campaign_id)
        return await self._put(tx, following)

    async def halt(self, tx: Tx, campaign_id: str, sent: int, blocked: int) -> None:
        """Stops a campaign that too many block, and says so."""
        now = self._clock()
        if await store.halt(tx, campaign_id, f"BLOCKED {blocked} OF {sent}", now):
            await outbox.append(tx, messages_wire.halted(campaign_id, "", sent, blocked, now))
            _log.error("campaign stopped: too many block it", campaign=campaign_id)

    async def results(self, tx: Tx, campaign_id: str) -> campaigns_pb2.CampaignResults:
        """What became of it."""
        await self.get(tx, campaign_id)
        return wire.results(*await store_members.results(tx, campaign_id))

    async def _put(self, tx: Tx, campaign: Campaign) -> Campaign:
        row = await store.put(tx, campaign, access.current().actor, self._clock())
        return store.campaign(_known(row, campaign.campaign_id))


def _known(row: Record | None, campaign_id: str) -> Record:
    if row is None:
        raise CampaignUnknown("there is no such campaign", campaign_id=campaign_id, field="campaign_id")
    return row
