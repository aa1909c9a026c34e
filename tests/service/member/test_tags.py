"""What members are tagged with, by whom and why; and what they answer."""

from datetime import timedelta
from typing import Any

import grpc
import pytest

from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb
from services.member.merging.parts import Merge, Parting
from services.member.profile.joining_tags import TagsPart
from services.member.profile.surveying import EXPIRY as OFFER_EXPIRY
from services.member.profile.surveying import OWED
from services.member.profile.tagging import EXPIRY
from tests.service.member.conftest import Member, refusal
from tests.service.member.view_rig import View, enrolled, held, key, promise, questionnaire, skin


async def define(view: View, tag: str, *origins: str, days: int = 0, active: bool = True) -> Any:
    definition = profile_pb2.TagDefinition(
        tag=tag, label="乾性肌", label_en="dry skin", origins=origins, keep_days=days, active=active
    )
    request = pb.PutTagDefinitionRequest(request_id=key(), definition=definition)
    token = (await view.member.hq("merchandiser")).access_token
    return (await view.ask(view.tags.PutTagDefinition, request, token)).definition


async def tag(view: View, token: str, name: str, why: str = "") -> Any:
    request = pb.SetTagRequest(request_id=key(), member_id=view.member_id, tag=name, why=why)
    return (await view.ask(view.tags.SetTag, request, token)).tag


async def tags(view: View, token: str) -> dict[str, str]:
    reply = await view.ask(view.tags.ListTags, pb.ListTagsRequest(member_id=view.member_id), token)
    return {one.tag: one.why for one in reply.tags}


async def changes(view: View, token: str) -> list[tuple[str, str, str]]:
    request = pb.ListTagChangesRequest(member_id=view.member_id)
    reply = await view.ask(view.tags.ListTagChanges, request, token)
    short = profile_pb2.TagChangeKind.Name
    return [(one.tag, short(one.kind).removeprefix("TAG_CHANGE_KIND_"), one.actor.id) for one in reply.changes]


async def test_both_sides_read_what_the_other_tagged_with_who_and_why(member: Member) -> None:
    view = await enrolled(member)
    await define(view, "likes-camel", "staff")
    await define(view, "winter-campaign", "marketing")
    marketing, service = await member.hq("merchandiser"), await member.hq("service")
    await tag(view, view.adviser, "likes-camel", "said so in the fitting room")
    await tag(view, marketing.access_token, "winter-campaign")
    for token in (view.adviser, marketing.access_token, service.access_token):
        assert await tags(view, token) == {"likes-camel": "said so in the fitting room", "winter-campaign": ""}
    assert [one[:2] for one in await changes(view, view.adviser)] == [
        ("winter-campaign", "SET"),
        ("likes-camel", "SET"),
    ]
    assert (await changes(view, view.adviser))[1][2] == "A102"
    listed = await view.ask(view.tags.ListTagChanges, pb.ListTagChangesRequest(member_id=view.member_id), view.adviser)
    at = (await member.principal(view.adviser)).terminal_id
    assert [one.actor.terminal_id for one in listed.changes] == ["", at], "headquarters have none"


async def test_whoever_may_not_give_a_tag_may_not_take_it(member: Member) -> None:
    view = await enrolled(member)
    await define(view, "vip", "service")
    service = (await member.hq("service")).access_token
    await tag(view, service, "vip")
    for refused_by in (lambda: tag(view, view.adviser, "vip"), lambda: remove(view, view.adviser, "vip")):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await refused_by()
        assert refusal(refused.value) == "TAG_NOT_YOURS"
    await remove(view, service, "vip")
    await remove(view, service, "vip")  # gone is gone
    assert await tags(view, service) == {}
    assert [kind for _, kind, _ in await changes(view, service)] == ["REMOVED", "SET"]


async def remove(view: View, token: str, name: str) -> None:
    request = pb.RemoveTagRequest(request_id=key(), member_id=view.member_id, tag=name)
    await view.ask(view.tags.RemoveTag, request, token)


async def test_a_tag_that_is_not_on_the_list_is_refused(member: Member) -> None:
    view = await enrolled(member)
    await define(view, "retired", "staff", active=False)
    for name in ("never-defined", "retired"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await tag(view, view.adviser, name)
        assert refusal(refused.value) == "TAG_UNKNOWN"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await define(view, "nobodys", "weather")
    assert refusal(refused.value) == "FIELD_INVALID"


async def test_a_tag_runs_out_and_one_given_anew_does_not(member: Member) -> None:
    view = await enrolled(member)
    await define(view, "looks-for-a-gift", "staff", days=10)
    await tag(view, view.adviser, "looks-for-a-gift")
    member.clock.advance(days=8)
    await tag(view, await member.adviser(), "looks-for-a-gift")
    member.clock.advance(days=3)
    assert await view.fire(EXPIRY) == 0  # moved with the tag
    member.clock.advance(days=8)
    assert await tags(view, await member.adviser()) == {}  # also before the timer
    assert await view.fire(EXPIRY) == 1
    assert (await changes(view, await member.adviser()))[0][:2] == ("looks-for-a-gift", "EXPIRED")
    assert await view.published("TagChanged") == 3


async def put(view: View, **changed: Any) -> Any:
    request = pb.PutQuestionnaireRequest(request_id=key(), questionnaire=questionnaire(**changed))
    token = (await view.member.hq("merchandiser")).access_token
    return (await view.ask(view.surveys.PutQuestionnaire, request, token)).questionnaire


async def offer(view: View, token: str = "") -> Any:
    request = pb.OfferSurveyRequest(request_id=key(), member_id=view.member_id, questionnaire_id="skin-2026")
    return (await view.ask(view.surveys.OfferSurvey, request, token or view.adviser)).offer


async def answer(view: View, token: str, offer_id: str, answers: list[profile_pb2.Answer]) -> Any:
    request = pb.AnswerSurveyRequest(request_id=key(), member_id=view.member_id, offer_id=offer_id, answers=answers)
    return (await view.ask(view.surveys.AnswerSurvey, request, token)).offer


async def test_an_answer_tags_and_earns_what_was_promised_for_whoever_offered_it(member: Member) -> None:
    view = await enrolled(member)
    await define(view, "dry-skin", "survey")
    await put(view)
    await promise(view)
    made = await offer(view)
    assert (made.staff_code, made.location_id) == ("A102", "TPE01")
    assert (await offer(view)).offer_id == made.offer_id  # an open one is answered again
    me = (await member.login("0912345678")).session.access_token
    done = await answer(view, me, made.offer_id, skin(words="可以再香一點"))
    assert done.voucher_state == profile_pb2.VOUCHER_STATE_GRANTED
    assert [done.voucher_id] == await held(view)
    assert list(await tags(view, view.adviser)) == ["dry-skin"]
    listed = await view.ask(view.surveys.ListOffers, pb.ListOffersRequest(member_id=view.member_id), me)
    assert [one.text for one in listed.offers[0].answers] == ["", "", "可以再香一點"]
    async with member.db.read() as tx:
        [kept] = await tx.fetch("SELECT o::text AS row FROM survey_offers AS o")
    assert "香" not in kept["row"]


async def test_what_cannot_be_given_yet_is_owed_and_given_later(member: Member) -> None:
    view = await enrolled(member)
    await put(view)
    made = await offer(view)
    done = await answer(view, view.adviser, made.offer_id, skin())
    assert done.voucher_state == profile_pb2.VOUCHER_STATE_OWED
    member.clock.advance(hours=1)
    assert await view.fire(OWED) == 1  # still nobody gives
    await promise(view)
    member.clock.advance(hours=1)
    assert await view.fire(OWED) == 1
    listed = await view.ask(view.surveys.ListOffers, pb.ListOffersRequest(member_id=view.member_id), view.adviser)
    assert listed.offers[0].voucher_state == profile_pb2.VOUCHER_STATE_GRANTED
    assert [listed.offers[0].voucher_id] == await held(view)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [profile_pb2.Answer(question="fit", scale=3)],
        [profile_pb2.Answer(question="skin", choices=["dry", "oily"])],
        [profile_pb2.Answer(question="skin", choices=["blue"])],
        [profile_pb2.Answer(question="skin", choices=["dry"], text="and words")],
        [*skin(), profile_pb2.Answer(question="age", scale=3)],
        [*skin(), *skin()],
        skin(fit=6),
        skin(words="x" * 1001),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_and_leaves_the_offer_open(
    member: Member, answers: list[profile_pb2.Answer]
) -> None:
    view = await enrolled(member)
    await put(view, benefit_id="")
    made = await offer(view)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await answer(view, view.adviser, made.offer_id, answers)
    assert refusal(refused.value) == "FIELD_INVALID"
    done = await answer(view, view.adviser, made.offer_id, skin())
    assert done.voucher_state == profile_pb2.VOUCHER_STATE_NONE


async def test_an_offer_is_answered_once_and_in_time(member: Member) -> None:
    view = await enrolled(member)
    await put(view)
    made = await offer(view)
    await answer(view, view.adviser, made.offer_id, skin())
    second = await offer(view)
    assert second.offer_id != made.offer_id
    member.clock.advance(days=31)
    token = await member.adviser()
    for one in (made, second):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await answer(view, token, one.offer_id, skin())
        assert refusal(refused.value) == "OFFER_CLOSED"
    assert await view.fire(OFFER_EXPIRY) == 1
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await put(view, valid_days=0)
    assert refusal(refused.value) == "FIELD_INVALID"
    await put(view, active=False)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await offer(view, token)
    assert refusal(refused.value) == "QUESTIONNAIRE_UNKNOWN"


async def test_an_expiry_may_be_asked_for_but_not_beyond_what_the_list_says(member: Member) -> None:
    view = await enrolled(member)
    await define(view, "in-a-hurry", "staff", days=10)
    for days, kept in ((3, 3), (30, 10)):
        request = pb.SetTagRequest(request_id=key(), member_id=view.member_id, tag="in-a-hurry")
        request.expire_time.FromDatetime(member.clock() + timedelta(days=days))
        found = (await view.ask(view.tags.SetTag, request, view.adviser)).tag
        assert found.expire_time.ToDatetime() - found.set_time.ToDatetime() == timedelta(days=kept)


async def test_tags_of_two_are_one_list_and_two_again(member: Member) -> None:
    """What came with the absorbed one goes back, reasons readable by their own keys; what came later stays."""
    view = await enrolled(member)
    other = View(member, (await member.enrol(view.adviser, phone="0987654321")).member_id, view.adviser)
    for name in ("shared", "theirs", "later"):
        await define(view, name, "staff")
    await tag(view, view.adviser, "shared", "of the survivor")
    await tag(other, view.adviser, "shared", "of the absorbed")
    await tag(other, view.adviser, "theirs", "came along")
    part = TagsPart(member.parts.ground.register)
    merge = Merge(key(), view.member_id, other.member_id, member.clock())
    async with member.db.transaction() as tx:
        assert [(one.kind, one.count) for one in await part.preview(tx, view.member_id, other.member_id)] == [
            ("TAG", 1)
        ]
        await part.join(tx, merge)
    assert await tags(view, view.adviser) == {"shared": "of the survivor", "theirs": "came along"}
    assert await tags(other, view.adviser) == {}
    await tag(view, view.adviser, "later")
    async with member.db.transaction() as tx:
        await part.part(tx, merge, Parting(member.clock(), [other.member_id]))
    assert await tags(view, view.adviser) == {"shared": "of the survivor", "later": ""}
    assert await tags(other, view.adviser) == {"shared": "of the absorbed", "theirs": "came along"}
