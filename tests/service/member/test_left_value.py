"""What somebody who was forgotten still had: posted to the brand's account, or kept for whoever has the code."""

from typing import Any

import grpc
import pytest

from kit import access
from kit.ids import uuid7
from omo.member.v1 import privacy_pb2
from omo.member.v1 import privacy_service_pb2 as pb
from services.member.privacy.retention import SWEEP
from services.member.value import posting
from services.member.value.ledger import Why
from tests.service.member.conftest import Member, refusal
from tests.service.member.merging_rig import Desk, desk
from tests.service.member.test_privacy import _ANSWERED, answered, erase, shopper, stub
from tests.service.member.view_rig import View, enrolled, key

SUBJECT = "value.of_the_forgotten"


async def rich(view: View) -> Desk:
    """Somebody with 500 points and 300 of credit."""
    at = await desk(view.member)
    await at.sold(view.member_id, 5_000)
    async with view.member.db.transaction() as tx:
        with access.acting_as(access.service("member")):
            await posting.credit(tx, view.member_id, 300, None, Why(uuid7(), view.member.clock(), "goodwill"))
    return at


async def keep(view: View, days: int) -> None:
    admin = (await view.member.hq("admin")).access_token
    rule = privacy_pb2.RetentionRule(subject=SUBJECT, keep_days=days, basis="time to come back with the code")
    await view.ask(stub(view).PutRetentionRule, pb.PutRetentionRuleRequest(request_id=key(), rule=rule), admin)


async def forgotten(view: View, token: str) -> str:
    """He gives up what he has and is forgotten; the code that he was shown before."""
    wanted = await erase(view, token, forfeit_value=True)
    found = await view.ask(stub(view).GetErasure, pb.GetErasureRequest(erasure_id=wanted.erasure_id), token)
    await view.hear(*(answered(wanted.erasure_id, service, 1) for service in _ANSWERED))
    await view.hear(*(answered(wanted.erasure_id, service) for service in _ANSWERED))
    return str(found.claim_code)


async def left(view: View, member_id: str) -> tuple[int, int]:
    """Points and credit."""
    async with view.member.db.read() as tx:
        points = await tx.fetchval("SELECT active FROM points_balances WHERE member_id = $1", member_id)
        credit = await tx.fetchval("SELECT sum(active) FROM value_lots WHERE member_id = $1", member_id)
    return int(points or 0), int(credit or 0)


async def moves(view: View) -> list[int]:
    """What was posted for it: points, credit."""
    async with view.member.db.read() as tx:
        points = await tx.fetch("SELECT points FROM points_transfers WHERE reason = 'FORFEITED'")
        credit = await tx.fetch("SELECT amount FROM value_transfers WHERE reason = 'FORFEITED'")
    return [*(row[0] for row in points), *(row[0] for row in credit)]


async def swept(view: View) -> None:
    """The day's clock has struck."""
    async with view.member.db.transaction() as tx:
        await view.member.parts.privacy.retention.begin(tx)
    assert await view.fire(SWEEP) == 1


async def claim(view: View, token: str, member_id: str, code: str) -> Any:
    request = pb.ClaimLeftValueRequest(request_id=key(), member_id=member_id, claim_code=code)
    return await view.ask(stub(view).ClaimLeftValue, request, token)


async def test_what_is_left_is_the_brands_at_once_by_a_posted_move(member: Member) -> None:
    view = await enrolled(member)
    at = await rich(view)
    assert await forgotten(view, await shopper(view)) == "", "nothing is kept, so nothing claims it"
    assert await left(view, view.member_id) == (0, 0)
    assert await moves(view) == [-500, -300]
    await at.proved()
    await at.sold(view.member_id, 1_000)  # a till that had not heard of it
    member.clock.advance(days=1)
    await swept(view)
    assert (await left(view, view.member_id), await moves(view)) == ((0, 0), [-500, -100, -300])
    await at.proved()


async def test_what_is_left_waits_frozen_for_the_code_and_then_is_the_brands(member: Member) -> None:
    view = await enrolled(member)
    at = await rich(view)
    await keep(view, 30)
    code = await forgotten(view, await shopper(view))
    assert code
    assert (await left(view, view.member_id), await moves(view)) == ((500, 300), [])
    with pytest.raises(grpc.aio.AioRpcError) as frozen:
        await at.hold(key(), view.member_id, 10)
    assert refusal(frozen.value) == "VALUE_FROZEN"
    member.clock.advance(days=31)
    await swept(view)
    assert (await left(view, view.member_id), await moves(view)) == ((0, 0), [-500, -300])
    member.clock.advance(minutes=2)
    anew = await member.login("0912345678", "phone 2")
    with pytest.raises(grpc.aio.AioRpcError) as late:
        await claim(view, anew.session.access_token, anew.member.member_id, code)
    assert refusal(late.value) == "CLAIM_INVALID"
    await at.proved()


async def test_who_has_the_code_gets_what_was_left_once(member: Member) -> None:
    view = await enrolled(member)
    at = await rich(view)
    await keep(view, 30)
    code = await forgotten(view, await shopper(view))
    member.clock.advance(minutes=2)
    anew = await member.login("0912345678", "phone 2")
    token, member_id = anew.session.access_token, anew.member.member_id
    assert await left(view, member_id) == (0, 0), "the number alone is no proof of it"
    for wrong in ("x", code[:-2] + "AA"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await claim(view, token, member_id, wrong)
        assert refusal(refused.value) == "CLAIM_INVALID"
    assert (await claim(view, token, member_id, code)).pieces == 2
    assert (await left(view, member_id), await left(view, view.member_id)) == ((500, 300), (0, 0))
    with pytest.raises(grpc.aio.AioRpcError) as again:
        await claim(view, token, member_id, code)
    assert refusal(again.value) == "CLAIM_INVALID"
    await at.hold(key(), member_id, 10)
    await at.proved()
