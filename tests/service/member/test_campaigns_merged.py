"""Two who turn out to be one in mid-campaign: one message, one entry, one reward, whichever half came first."""

import pytest

from services.member.campaigns.domain import GoalKind, Trigger
from tests.service.member import merging_rig
from tests.service.member.engagement_rig import NOON, Desk, Purpose, desk, mission, order, sale

__all__ = ["desk"]
ONE, OTHER = "+886912345678", "+886912345679"


async def _merged(desk: Desk, one: str, other: str) -> tuple[merging_rig.Desk, str, str]:
    """The service desk, who survives, and the merge."""
    at = merging_rig.Desk(desk.member, (await desk.member.hq("service")).access_token)
    merge = await at.merge(one, other)
    return at, merge.survivor_id, merge.merge_id


async def _pair(desk: Desk) -> tuple[str, str]:
    await desk.template("{member_name}", Purpose.SERVICE)
    return await desk.person(ONE), await desk.person(OTHER)


async def test_two_messages_that_wait_become_one(desk: Desk) -> None:
    one, other = await _pair(desk)
    await desk.segment()
    desk.advance(hours=10)  # in quiet hours: both wait
    await desk.campaign(segment_id="all")
    await desk.quiet()
    at, survivor, merge_id = await _merged(desk, one, other)
    desk.advance(hours=12)
    await desk.quiet()
    results = await desk.results()
    assert (len(desk.letters()), results.entered, results.sent, dict(results.causes)) == (1, 1, 1, {"MERGED": 1})
    await at.undo(merge_id)
    await desk.quiet()
    assert (len(desk.letters()), (await desk.results()).entered) == (1, 2)
    assert survivor in (one, other)


@pytest.mark.parametrize("later", ["the survivor", "the absorbed"])
async def test_who_was_written_to_as_one_half_is_not_written_to_as_the_other(desk: Desk, later: str) -> None:
    """One half's message went out before the merge; the other half's occasion is told after it."""
    one, other = await _pair(desk)
    await desk.campaign(trigger=Trigger.STORE_SALE)
    at, survivor, merge_id = await _merged(desk, one, other)
    await at.undo(merge_id)
    absorbed = other if survivor == one else one
    first, second = (absorbed, survivor) if later == "the survivor" else (survivor, absorbed)
    await desk.hear(sale(first))
    await desk.quiet()
    assert len(desk.letters()) == 1
    await at.merge(one, other)
    await desk.hear(sale(second))
    await desk.quiet()
    assert len(desk.letters()) == 1, "an occasion is the person's, not the id's"


async def test_a_mission_that_both_halves_entered_pays_once(desk: Desk) -> None:
    one, other = await _pair(desk)
    await desk.campaign(trigger=Trigger.STORE_SALE, goal=mission(GoalKind.ONLINE_ORDER, reward_points=100))
    await desk.hear(sale(one), sale(other))
    at, survivor, merge_id = await _merged(desk, one, other)
    desk.advance(hours=1)
    await desk.hear(order(one, at=desk.clock()), order(other, at=desk.clock()))
    await desk.quiet()
    assert await desk.points(survivor) == 100
    assert (await desk.results()).reached == 1
    await at.proved()
    await at.undo(merge_id)
    assert (await desk.results()).entered == 2


async def test_a_goal_of_the_absorbed_half_is_reached_by_the_person(desk: Desk) -> None:
    """Only the half that is absorbed had entered: what the person does from then on counts."""
    one, other = await _pair(desk)
    at, survivor, merge_id = await _merged(desk, one, other)
    await at.undo(merge_id)
    absorbed = other if survivor == one else one
    await desk.campaign(trigger=Trigger.STORE_SALE, goal=mission(GoalKind.ONLINE_ORDER, reward_points=100))
    await desk.hear(sale(absorbed, at=NOON))
    await at.merge(one, other)
    desk.advance(hours=1)
    await desk.hear(order(survivor, at=desk.clock()))
    await desk.quiet()
    assert await desk.points(survivor) == 100
