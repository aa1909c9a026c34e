"""Missions: what was hoped for and was reached earns its reward once; those who are left out are only counted."""

import uuid

from services.member.campaigns import domain_lift
from services.member.campaigns.domain import Goal, GoalKind
from services.member.campaigns.domain import Trigger as On
from services.member.segments.domain import Operator
from tests.service.member.engagement_rig import Desk, Purpose, cancelled, desk, order, sale

__all__ = ["desk"]


async def test_a_mission_to_the_next_channel_is_measured_against_those_left_out(desk: Desk) -> None:
    """Features 4.7: store-only members are offered points for ordering online; some are only watched."""
    await desk.template(purpose=Purpose.SERVICE)
    await desk.segment("store_only", "channel_class", Operator.IS, "STORE_ONLY")
    goal = Goal(GoalKind.ONLINE_ORDER, 30, reward_points=100, hold_days=7, staff_bonus=50)
    await desk.campaign(segment_id="store_only", trigger=On.STORE_SALE, hold_out_bp=5000, goal=goal)
    written: list[str] = []
    left_out: list[str] = []
    while len(written) < 4 or not left_out:  # ids are drawn by chance, and they decide who is left out
        member_id = await desk.person(f"+8869123450{len(written) + len(left_out):02}")
        (left_out if domain_lift.held_out("c1", member_id, 5000) else written).append(member_id)
    people = [*written, *left_out]
    await desk.hear(*(sale(one) for one in people))
    desk.advance(days=2)
    for member_id in [*written[:3], left_out[0]]:
        await desk.hear(order(member_id, at=desk.clock()))
    results = await desk.results()
    assert (results.entered, results.held_out) == (len(people), len(left_out))
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
    assert domain_lift.lift(0, 0, 0, 0) == (0, 0)
    assert domain_lift.lift(30, 100, 10, 100) == (2000, 1095)
    assert domain_lift.lift(1, 10, 3, 10)[0] < 0
