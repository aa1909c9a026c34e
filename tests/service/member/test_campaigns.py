"""Campaigns: whom they enter, once, wherever they were stopped; who is left out, and what that tells."""

import asyncio
import uuid
from contextlib import suppress

import pytest

from kit import faultpoints
from kit.errors import Fault
from kit.timers import Timers
from services.member.campaigns import domain, running
from services.member.campaigns.domain import Campaign, CampaignStands, Goal, GoalKind, State
from services.member.campaigns.domain import Trigger as On
from services.member.channels.contract import BLOCKED, Refused
from services.member.messages import store_rules
from services.member.messages.domain_sending import Rules
from services.member.segments.domain import Operator
from tests.service.member.engagement_rig import Desk, Purpose, cancelled, desk, order, sale

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
    out = {one for one in members if domain.held_out("c1", one, 3000)}
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
    faultpoints.arm("")
    assert 0 < len(await _messages(desk)) < 30
    desk.advance(minutes=10)
    await desk.quiet()
    assert sorted(await _messages(desk)) == sorted(members)


async def _put_off(desk: Desk) -> None:
    """Until the timer has failed once more; then it is due again at once."""
    while True:
        async with desk.db.transaction() as tx:
            failed = await tx.fetchval(
                "UPDATE timers SET next_time = due_time, last_error = NULL WHERE kind = $1 AND last_error IS NOT NULL"
                " RETURNING true",
                running.RUN,
            )
        if failed:
            return
        await asyncio.sleep(0.01)


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
        assert (await desk.room.campaigns.get(tx, "c1"))["halt_reason"].startswith("BLOCKED 1 OF")


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


async def test_a_mission_to_the_next_channel_is_measured_against_those_left_out(desk: Desk) -> None:
    """Features 4.7: store-only members are offered points for ordering online; some are only watched."""
    await desk.template(purpose=Purpose.SERVICE)
    await desk.segment("store_only", "channel_class", Operator.IS, "STORE_ONLY")
    goal = Goal(GoalKind.ONLINE_ORDER, 30, reward_points=100, hold_days=7, staff_bonus=50)
    await desk.campaign(segment_id="store_only", trigger=On.STORE_SALE, hold_out_bp=5000, goal=goal)
    people = [await desk.person(f"+8869123450{number:02}") for number in range(12)]
    await desk.hear(*(sale(one) for one in people))
    written = [one for one in people if not domain.held_out("c1", one, 5000)]
    left_out = [one for one in people if one not in written]
    desk.advance(days=2)
    for member_id in [*written[:3], left_out[0]]:
        await desk.hear(order(member_id, at=desk.clock()))
    results = await desk.results()
    assert (results.entered, results.held_out) == (12, len(left_out))
    assert (results.reached, results.reached_held_out) == (3, 1)
    assert results.lift_bp == round(10_000 * (3 / len(written) - 1 / len(left_out)))
    assert await desk.points(written[0]) == 0, "an order must stand for a week before it is paid for"
    desk.advance(days=8)
    await desk.quiet()
    assert [await desk.points(one) for one in (*written[:4], left_out[0])] == [100, 100, 100, 0, 0]
    told = {event.member_id: (event.staff_code, event.staff_bonus) for event in await desk.events("MissionCompleted")}
    assert told == dict.fromkeys(written[:3], ("A102", 50))
    await desk.quiet()
    assert await desk.points(written[0]) == 100


async def test_an_order_that_is_cancelled_before_its_reward_opens_the_mission_again(desk: Desk) -> None:
    await desk.template(purpose=Purpose.SERVICE)
    goal = Goal(GoalKind.ONLINE_ORDER, 30, reward_points=100, hold_days=7)
    await desk.campaign(trigger=On.STORE_SALE, goal=goal)
    member_id, first = await desk.person("+886912345678"), str(uuid.uuid4())
    await desk.hear(sale(member_id))
    desk.advance(days=1)
    await desk.hear(order(member_id, first, at=desk.clock()))
    await desk.hear(cancelled(member_id, first, desk.clock()))
    desk.advance(days=8)
    await desk.quiet()
    assert await desk.points(member_id) == 0
    await desk.hear(order(member_id, at=desk.clock()))
    desk.advance(days=8)
    await desk.quiet()
    assert await desk.points(member_id) == 100


async def test_the_first_login_with_the_app_after_a_store_sale_releases_the_reward(desk: Desk) -> None:
    """M19, also when the till's sale arrives after the login that followed it."""
    await desk.template(purpose=Purpose.SERVICE)
    await desk.campaign(trigger=On.STORE_SALE, goal=Goal(GoalKind.APP_LOGIN, 14, reward_points=50))
    early, late, never = [await desk.person(f"+8869123450{number:02}") for number in range(3)]
    before = desk.clock()
    await desk.hear(sale(early, at=before), sale(never, at=before))
    async with desk.db.transaction() as tx:
        await desk.room.on_sign_in(tx, never, "web", before)
    desk.advance(hours=3)
    for member_id in (early, late):
        async with desk.db.transaction() as tx:
            await desk.room.on_sign_in(tx, member_id, "app", desk.clock())
    await desk.hear(sale(late, at=before))
    await desk.quiet()
    assert [await desk.points(one) for one in (early, late, never)] == [50, 50, 0]
    async with desk.db.transaction() as tx:
        await desk.room.on_sign_in(tx, early, "app", desk.clock())
    await desk.hear(sale(early, at=desk.clock()))
    await desk.quiet()
    assert await desk.points(early) == 50


def test_lift_says_how_sure_it_is() -> None:
    assert domain.lift(0, 0, 0, 0) == (0, 0)
    assert domain.lift(30, 100, 10, 100) == (2000, 1095)
    assert domain.lift(1, 10, 3, 10)[0] < 0
