"""What a member agreed to."""

from typing import Any

import grpc
import pytest

from kit import access
from omo.member.v1 import privacy_pb2
from omo.member.v1 import privacy_service_pb2 as pb
from omo.member.v1 import privacy_service_pb2_grpc as rpc
from services.member.merging.parts import Merge, Parting
from services.member.privacy import consents, joining
from tests.service.member.conftest import Member, refusal
from tests.service.member.view_rig import View, enrolled, key

MARKETING, SERVICE = privacy_pb2.CONSENT_PURPOSE_MARKETING, privacy_pb2.CONSENT_PURPOSE_SERVICE
YES, NO = privacy_pb2.CONSENT_CHOICE_GRANTED, privacy_pb2.CONSENT_CHOICE_REFUSED


def stub(view: View) -> rpc.PrivacyServiceStub:
    return rpc.PrivacyServiceStub(view.member.channel)


async def shopper(view: View, phone: str = "0912345678") -> str:
    return str((await view.member.login(phone)).session.access_token)


async def say(view: View, token: str, choice: Any, channel: str, purpose: Any = MARKETING, **more: Any) -> Any:
    told = {"member_id": view.member_id, "source": "app", "text_version": "2026-11", **more}
    said = privacy_pb2.Consent(purpose=purpose, channel=channel, choice=choice)
    request = pb.SetConsentsRequest(request_id=key(), consents=[said], **told)
    return await view.ask(stub(view).SetConsents, request, token)


async def may(view: View, purpose: str, channel: str, member_id: str = "") -> bool:
    async with view.member.db.read() as tx:
        one = await consents.allowed(tx, member_id or view.member_id, purpose, channel)
        many = await consents.allowed_channels(tx, [member_id or view.member_id], purpose, [channel])
    assert (many[member_id or view.member_id] == [channel]) is one
    return one


async def test_the_newest_choice_holds_and_every_choice_stays_on_record(member: Member) -> None:
    view = await enrolled(member)
    me = await shopper(view)
    assert not await may(view, "MARKETING", "line")
    assert await may(view, "SERVICE", "sms")
    assert await may(view, "TRANSACTIONAL", "sms")
    await say(view, me, YES, "line")
    member.clock.advance(seconds=1)
    await say(view, me, NO, "sms", SERVICE)
    assert await may(view, "MARKETING", "line")
    assert not await may(view, "SERVICE", "sms")
    member.clock.advance(seconds=1)
    await say(view, view.adviser, NO, "line", source="store")
    assert not await may(view, "MARKETING", "line")
    found = await view.ask(stub(view).ListConsents, pb.ListConsentsRequest(member_id=view.member_id), me)
    newest = found.history[0]
    assert (newest.channel, newest.choice, newest.source, newest.actor.id) == ("line", NO, "store", "A102")
    assert len(found.history) == 3
    assert [(one.channel, one.choice) for one in found.consents] == [("line", NO), ("sms", NO)]


@pytest.mark.parametrize(
    "wrong", [{"channel": "pigeon"}, {"choice": 0}, {"purpose": 0}, {"source": "hearsay"}, {"text_version": ""}]
)
async def test_a_choice_that_says_nothing_is_refused(member: Member, wrong: dict[str, Any]) -> None:
    view = await enrolled(member)
    told = {"choice": YES, "channel": "line", "purpose": MARKETING, **wrong}
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await say(view, await shopper(view), told.pop("choice"), told.pop("channel"), told.pop("purpose"), **told)
    assert refusal(refused.value) == "FIELD_INVALID"


async def test_after_a_merge_the_stricter_choice_holds_until_he_speaks_and_before_it_is_undone(member: Member) -> None:
    view = await enrolled(member)
    other = View(member, (await member.enrol(view.adviser, phone="0987654321")).member_id, view.adviser)
    me, also = await shopper(view), await shopper(other, "0987654321")
    await say(view, me, YES, "line")
    await say(view, me, YES, "sms")
    await say(other, also, NO, "line")
    await say(other, also, YES, "email")
    merge = Merge(key(), view.member_id, other.member_id, member.clock())
    async with member.db.transaction() as tx:
        with access.acting_as(access.service("member")):
            member.clock.advance(seconds=1)
            await joining.PART.join(tx, Merge(merge.merge_id, view.member_id, other.member_id, member.clock()))
    assert [await may(view, "MARKETING", channel) for channel in ("line", "sms", "email")] == [False, True, True]
    member.clock.advance(seconds=1)
    await say(view, me, YES, "email")  # his own word, after the merge
    member.clock.advance(seconds=1)
    async with member.db.transaction() as tx:
        with access.acting_as(access.service("member")):
            await joining.PART.part(tx, merge, Parting(member.clock(), [other.member_id]))
    assert [await may(view, "MARKETING", channel) for channel in ("line", "sms", "email")] == [True, True, True]
    assert not await may(other, "MARKETING", "line")
