"""Campaigns: whom they enter, once, wherever they were stopped; who is left out, and what that tells."""

import asyncio
import uuid
from contextlib import suppress

import pytest

from kit import faultpoints
from kit.errors import Fault
from kit.timers import Timers
from services.member.campaigns import domain_lift, running
from services.member.campaigns.domain import Campaign, CampaignStands, Goal, GoalKind, State
from services.member.campaigns.domain import Trigger as On
from services.member.channels.contract import BLOCKED, Refused
from services.member.messages import store_rules
from services.member.messages.domain_sending import Rules
from tests.service.member.engagement_rig import Desk, desk

__all__ = ["desk"]


async def _crowd(desk: Desk, many: int) -> list[str]:
    members = [str(uuid.uuid4()) for _ in range(many)]
    async with desk.db.transaction() as tx:
        await tx.execute("INSERT INTO member_facts (member_id, known) SELECT unnest($1::uuid[]), 1", members)
    return members


async def _messages(desk: Desk) -> list[str]:
    async with desk.db.read() as tx:
        return [row["member_id"] for row in await tx.fetch("SELECT member_id FROM messages")]


async def test_everybody_of_a_segment_is_entered_once_with_some_held_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PIECE", 7)
    await desk.template()
    await desk.segment()
    members = await _crowd(desk, 60)
    await desk.campaign(segment_id="all", hold_out_bp=3000)
    await desk.quiet()
    out = {one for one in members if domain_lift.held_out("c1", one, 3000)}
    assert 5 < len(out) < 35
    assert sorted(await _messages(desk)) == sorted(set(members) - out)
    results = await desk.results()
    assert (results.entered, results.held_out) == (60, len(out))
    assert results.withheld == 60 - len(out)
    assert dict(results.causes) == {"NO_MEMBER": 60 - len(out)}
    assert await desk.standing() is State.DONE


async def test_a_campaign_that_is_broken_off_anywhere_goes_on_and_writes_to_nobody_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PIECE", 5)
    await desk.template()
    await desk.segment()
    members = await _crowd(desk, 30)
    await desk.campaign(segment_id="all")
    for point in ("campaigns.before_step", "campaigns.after_step") * 4:
        faultpoints.arm(f"{point}=raise")
        timers = Timers(desk.db, desk.clock, {running.RUN: desk.room.alarms()[running.RUN]})
        task = asyncio.create_task(timers.run())
        await _put_off(desk)
        timers.stop()
        with suppress(asyncio.CancelledError):
            await task
        await _due_again(desk)
    faultpoints.arm("")
    assert 0 < len(await _messages(desk)) < 30
    desk.advance(minutes=10)
    await desk.quiet()
    assert sorted(await _messages(desk)) == sorted(members)


async def _put_off(desk: Desk) -> None:
    """Until the timer has failed once more."""
    while True:
        async with desk.db.read() as tx:
            if await tx.fetchval("SELECT true FROM timers WHERE kind = $1 AND last_error IS NOT NULL", running.RUN):
                return
        await asyncio.sleep(0.01)


async def _due_again(desk: Desk) -> None:
    """While nobody looks for what is due: it would fail once more before it is told to stop."""
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE timers SET next_time = due_time, last_error = NULL WHERE kind = $1", running.RUN)


async def test_a_paused_campaign_stands_and_goes_on(desk: Desk) -> None:
    await desk.template()
    await desk.segment()
    member_id = await desk.person("+886912345678")
    await desk.consent(member_id, "sms")
    await desk.campaign(segment_id="all")
    timers = desk.room.alarms()
    only_run = Timers(desk.db, desk.clock, {running.RUN: timers[running.RUN]})
    task = asyncio.create_task(only_run.run())
    while await desk.standing() is not State.DONE:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    only_run.stop()
    await task
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE campaigns SET state = 2")
        await desk.room.campaigns.pause(tx, "c1")
    await desk.quiet()
    assert desk.letters() == []
    async with desk.db.transaction() as tx:
        await desk.room.campaigns.start(tx, "c1")
    desk.advance(minutes=20)
    await desk.quiet()
    assert len(desk.letters()) == 1


async def test_a_campaign_that_too_many_block_halts_itself(desk: Desk) -> None:
    await desk.template()
    await desk.segment()
    held = {name: getattr(store_rules.DEFAULT, name) for name in Rules.__slots__}
    async with desk.db.transaction() as tx:
        await desk.room.messages.put_rules(tx, Rules(**{**held, "block_min_sent": 2, "block_limit_bp": 100}))
    for number in range(4):
        await desk.consent(await desk.person(f"+8869123450{number:02}"), "sms")
    desk.wires["sms"].answers.extend([Refused(BLOCKED, permanent=True)])
    await desk.campaign(segment_id="all", every_days=7)
    await desk.quiet()
    assert await desk.standing() is State.HALTED
    assert [event.campaign_id for event in await desk.events("CampaignHalted")][:1] == ["c1"]
    async with desk.db.read() as tx:
        assert (await desk.room.campaigns.get(tx, "c1")).halt_reason.startswith("BLOCKED 1 OF")


async def test_a_campaign_comes_again_and_ends(desk: Desk) -> None:
    await desk.template()
    await desk.segment()
    await _crowd(desk, 2)
    await desk.campaign(segment_id="all", every_days=7, end_time=desk.clock().replace(month=12, day=6))
    for _ in range(3):
        await desk.quiet()
        desk.advance(days=7)
    assert len(await _messages(desk)) == 4
    assert await desk.standing() is State.DONE


async def test_a_running_campaign_is_not_changed(desk: Desk) -> None:
    await desk.template()
    await desk.segment()
    await desk.campaign(segment_id="all", start_time=desk.clock().replace(month=12))
    with pytest.raises(CampaignStands):
        async with desk.db.transaction() as tx:
            await desk.room.campaigns.put(tx, Campaign("c1", "anders", "hello", "all"))


@pytest.mark.parametrize(
    ("campaign", "field"),
    [
        (Campaign("c", "n", "hello"), "campaign.segment_id"),
        (Campaign("c", "n", "hello", "all", days=1), "campaign.days"),
        (Campaign("c", "n", "hello", "all", On.STORE_SALE, every_days=1), "campaign.every_days"),
        (Campaign("c", "n", "hello", "all", hold_out_bp=9001), "campaign.hold_out_bp"),
        (Campaign("c", "n", "hello", "all", goal=Goal(GoalKind.APP_LOGIN)), "campaign.goal.within_days"),
        (Campaign("c", "n", "hello", "all", goal=Goal(reward_points=5)), "campaign.goal.kind"),
        (Campaign("c", "n", "hello", "all", params={"name": "x"}), "campaign.params.name"),
    ],
)
async def test_what_could_not_be_carried_out_is_refused_where_it_is_wrong(
    desk: Desk, campaign: Campaign, field: str
) -> None:
    await desk.template()
    await desk.segment()
    with pytest.raises(Fault) as refused:
        async with desk.db.transaction() as tx:
            await desk.room.campaigns.put(tx, campaign)
    assert refused.value.metadata["field"] == field


@pytest.mark.parametrize(
    ("campaign", "reason"),
    [(Campaign("c", "n", "none", "all"), "TEMPLATE_UNKNOWN"), (Campaign("c", "n", "hello", "none"), "SEGMENT_UNKNOWN")],
)
async def test_a_campaign_of_what_is_not_there_is_refused(desk: Desk, campaign: Campaign, reason: str) -> None:
    await desk.template()
    with pytest.raises(Fault) as refused:
        async with desk.db.transaction() as tx:
            await desk.room.campaigns.put(tx, campaign)
    assert refused.value.reason == reason


async def test_a_template_param_that_nobody_gives_is_refused(desk: Desk) -> None:
    await desk.template("{gift}", params=("gift",))
    await desk.segment()
    with pytest.raises(Fault) as refused:
        async with desk.db.transaction() as tx:
            await desk.room.campaigns.put(tx, Campaign("c", "n", "hello", "all"))
    assert refused.value.metadata["field"] == "campaign.params.gift"
