"""Members who bring members: bound in time, paid once, when the friend's first order stands and has posted."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from services.member.referrals import domain, store
from services.member.referrals.domain import ReferralRefused, Rules, State
from tests.service.member.engagement_rig import NOON, Desk, cancelled, desk, order, sale
from tests.service.member.points_rig import handed

__all__ = ["desk"]
RULES = Rules(0, True, 30, 200, 50, 0)


async def _rules(desk: Desk, **changed: object) -> None:
    async with desk.db.transaction() as tx:
        present = await store.rules(tx)
        await desk.room.referrals.put_rules(tx, replace(RULES, version=present.version, **changed))  # type: ignore[arg-type]


async def _bind(desk: Desk, friend: str, advocate: str) -> None:
    async with desk.db.transaction() as tx:
        code = await desk.room.referrals.code(tx, advocate)
        await desk.room.referrals.bind(tx, friend, code.lower())


async def _refused(desk: Desk, friend: str, advocate: str) -> str:
    with pytest.raises(ReferralRefused) as refused:
        await _bind(desk, friend, advocate)
    return str(refused.value.metadata["rule"])


async def _state(desk: Desk, friend: str) -> State:
    async with desk.db.read() as tx:
        found = await store.brought(tx, friend)
    assert found is not None
    return State(found["state"])


async def _hear(desk: Desk, *events: object) -> None:
    """As in the process: points first, then who was brought."""
    from kit.inbox import Event, Inbox  # noqa: PLC0415

    inbox = Inbox("member", [*desk.member.parts.points.ears(), *desk.room.ears()])
    for event in events:
        event.meta.event_id = str(uuid.uuid4())  # type: ignore[attr-defined]
    async with desk.db.transaction() as tx:
        await inbox.take(
            tx,
            [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in events],  # type: ignore[attr-defined]
        )


async def _program(desk: Desk) -> None:
    """1 point for 10, active a week after handover."""
    async with desk.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO programs (version, amount_per_point, point_value, pending_days, expire_days, qualifying_days,"
            " tiers, min_spends, valid_days, multipliers_bp, actor_kind, actor_id)"
            " VALUES (1, 10, 1, 7, 365, 365, '{basic}', '{0}', '{365}', '{10000}', 'hq', 'u1')"
        )


async def _post(desk: Desk) -> None:
    async with desk.db.transaction() as tx:
        await desk.member.parts.points.points.sweep(tx, [])


async def test_the_advocate_is_paid_when_the_friends_first_order_has_posted(desk: Desk) -> None:
    await _program(desk)
    await _rules(desk)
    advocate, friend, order_id = await desk.person(), await desk.person(), str(uuid.uuid4())
    await _bind(desk, friend, advocate)
    await _bind(desk, friend, advocate)
    desk.advance(days=1)
    await _hear(desk, order(friend, order_id, at=desk.clock()), handed(order_id, desk.clock()))
    await desk.quiet()
    assert (await _state(desk, friend), await desk.points(advocate)) == (State.BOUND, 0)
    desk.advance(days=8)
    await _post(desk)
    await desk.quiet()
    assert (await _state(desk, friend), await desk.points(advocate)) == (State.REWARDED, 200)
    assert await desk.points(friend) == 100 + 50
    await _hear(desk, order(friend, at=desk.clock()))
    desk.advance(days=8)
    await _post(desk)
    await desk.quiet()
    assert await desk.points(advocate) == 200
    assert [event.friend_id for event in await desk.events("ReferralRewarded")] == [friend]


async def test_an_order_that_does_not_stand_pays_nobody(desk: Desk) -> None:
    await _program(desk)
    await _rules(desk)
    advocate, friend, order_id = await desk.person(), await desk.person(), str(uuid.uuid4())
    await _bind(desk, friend, advocate)
    desk.advance(hours=1)
    await _hear(desk, order(friend, order_id, at=desk.clock()))
    await _hear(desk, cancelled(friend, order_id, desk.clock()))
    desk.advance(days=30)
    await desk.quiet()
    assert (await _state(desk, friend), await desk.points(advocate)) == (State.BOUND, 0)


async def test_a_sale_before_he_was_brought_makes_it_void_also_when_it_is_told_late(desk: Desk) -> None:
    await _program(desk)
    await _rules(desk)
    advocate, friend = await desk.person(), await desk.person()
    await _bind(desk, friend, advocate)
    await _hear(desk, sale(friend, at=NOON - timedelta(days=3)))
    await desk.quiet()
    assert await _state(desk, friend) is State.VOID


async def test_who_cannot_have_been_brought_is_refused(desk: Desk) -> None:
    advocate, friend, third = await desk.person(), await desk.person(), await desk.person()
    assert await _refused(desk, friend, advocate) == "OFF"
    await _rules(desk)
    assert await _refused(desk, advocate, advocate) == "SELF"
    await _bind(desk, friend, advocate)
    assert await _refused(desk, friend, third) == "BOUND"
    assert await _refused(desk, advocate, friend) == "CIRCLE"
    await desk.hear(sale(third))
    assert await _refused(desk, third, advocate) == "CUSTOMER"
    late = await desk.person()
    desk.advance(days=31)
    assert await _refused(desk, late, advocate) == "LATE"


async def test_an_unknown_code_is_refused(desk: Desk) -> None:
    friend = await desk.person()
    with pytest.raises(domain.ReferralCodeUnknown):
        async with desk.db.transaction() as tx:
            await desk.room.referrals.bind(tx, friend, "ZZZZZZZZ")


async def test_an_advocate_is_paid_as_often_as_the_rules_say(desk: Desk) -> None:
    await _program(desk)
    await _rules(desk, limit_per_year=1)
    advocate, friends = await desk.person(), [await desk.person() for _ in range(2)]
    for friend in friends:
        await _bind(desk, friend, advocate)
    desk.advance(hours=1)
    for friend in friends:
        order_id = str(uuid.uuid4())
        await _hear(desk, order(friend, order_id, at=desk.clock()), handed(order_id, desk.clock()))
    desk.advance(days=8)
    await _post(desk)
    await desk.quiet()
    assert sorted([await _state(desk, friend) for friend in friends]) == [State.REWARDED, State.OVER_LIMIT]
    assert await desk.points(advocate) == 200


async def test_two_who_turn_out_to_be_one_are_paid_nothing(desk: Desk) -> None:
    await _program(desk)
    await _rules(desk)
    advocate, friend = await desk.person(), await desk.person()
    await _bind(desk, friend, advocate)
    async with desk.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO member_aliases (alias_id, member_id, reason) VALUES ($1, $2, 'MERGE')", friend, advocate
        )
    desk.advance(hours=1)
    await _hear(desk, sale(advocate, at=desk.clock()))
    await desk.quiet()
    assert await _state(desk, friend) is State.VOID
