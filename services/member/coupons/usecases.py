"""Makes campaigns and issues their coupons."""

from collections.abc import Sequence

from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.coupons import domain, store
from services.member.coupons.domain import Campaign
from services.member.points import reading as members
from services.member.points import store as points
from services.member.value import posting
from services.member.value.domain import Kind, Lot, Terms
from services.member.value.ledger import Why


class Coupons:
    """Order of locks: members, then the campaign."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def put(self, tx: Tx, given: Campaign) -> Campaign:
        """Makes or changes a campaign; never below what is out already."""
        had = await store.lock(tx, given.campaign_id)
        issued = had.issued if had else 0
        if given.limit_total and given.limit_total < issued:
            raise invalid("campaign.limit_total", f"must be at least the {issued} that are issued")
        await store.put(tx, given, self._clock())
        return await self._found(tx, given.campaign_id)

    async def issue(self, tx: Tx, campaign_id: str, member_ids: Sequence[str]) -> list[Lot]:
        """One coupon to each of them who may have one more; raises CouponLimit where there are too few for all."""
        meant = (await points.lock_meant(tx, member_ids))[0]
        campaign, now = await self._found(tx, campaign_id), self._clock()
        if not campaign.open(now):
            raise domain.CampaignUnknown("this campaign is over", campaign_id=campaign_id)
        wanted = sorted(set(meant.values()))
        if campaign.limit_member:
            had = await store.had(tx, campaign_id, wanted)
            wanted = [member_id for member_id in wanted if had.get(member_id, 0) < campaign.limit_member]
        if campaign.room(len(wanted)) < len(wanted):
            raise domain.CouponLimit(
                "not enough are left", campaign_id=campaign_id, limit=campaign.limit_total, scope="total"
            )
        lots = [self._lot(campaign, member_id) for member_id in wanted]
        await store.count(tx, campaign_id, len(lots))
        await posting.issue(tx, [(lot, 1) for lot in lots], Why(campaign_id, now, campaign.name))
        return lots

    async def claim(self, tx: Tx, campaign_id: str, member_id: str) -> Lot:
        """A member takes one himself."""
        await members.require_member(tx, member_id)
        member_id = (await points.lock_meant(tx, [member_id]))[0][member_id]
        campaign = await self._found(tx, campaign_id)
        if not campaign.claimable or campaign.begin_time > self._clock():
            raise domain.CampaignUnknown("nothing can be taken of it", campaign_id=campaign_id, field="campaign_id")
        lots = await self.issue(tx, campaign_id, [member_id])
        if not lots:
            raise domain.CouponLimit(
                "you have had yours", campaign_id=campaign_id, limit=campaign.limit_member, scope="member"
            )
        return lots[0]

    async def _found(self, tx: Tx, campaign_id: str) -> Campaign:
        found = await store.lock(tx, campaign_id)
        if found is None:
            raise domain.CampaignUnknown("no such campaign", campaign_id=campaign_id, field="campaign_id")
        return found

    def _lot(self, campaign: Campaign, member_id: str) -> Lot:
        now = self._clock()
        terms = Terms(campaign.name, campaign.rule_id, campaign.rule_version, campaign.restores)
        begins = max(now, campaign.begin_time)
        return posting.new(
            uuid7(), member_id, Kind.COUPON, campaign.campaign_id, now, campaign.ends(begins), terms, begins
        )
