"""What happened between a member and the brand, as each may see it."""

import uuid

import grpc
import pytest

from omo.member.v1 import privacy_pb2, profile_pb2
from omo.member.v1 import privacy_service_pb2 as privacy_pb
from omo.member.v1 import privacy_service_pb2_grpc as privacy_rpc
from omo.member.v1 import profile_service_pb2 as pb
from omo.order.v1 import order_events_pb2
from services.member.privacy.retention import SWEEP
from tests.service.member.conftest import Member, refusal
from tests.service.member.profile_rig import add, listed, with_sku
from tests.service.member.view_rig import View, bound, enrolled, facts, key, sold

NOTE = profile_pb2.TIMELINE_KIND_NOTE
POINTS = profile_pb2.TIMELINE_KIND_POINTS
BROWSING = profile_pb2.TIMELINE_KIND_BROWSING


async def consent(view: View, token: str, *purposes: int) -> None:
    said = [privacy_pb2.Consent(purpose=one, choice=privacy_pb2.CONSENT_CHOICE_GRANTED) for one in purposes]  # type: ignore[arg-type]
    request = privacy_pb.SetConsentsRequest(
        request_id=key(), member_id=view.member_id, consents=said, source="app", text_version="2026-11"
    )
    await view.ask(privacy_rpc.PrivacyServiceStub(view.member.channel).SetConsents, request, token)


async def browse(view: View, token: str, sku: str = "TROUSERS-NAVY-32") -> int:
    seen = pb.View(sku=sku, seconds=40, channel_id="app")
    seen.view_time.FromDatetime(view.member.clock())
    request = pb.RecordBrowsingRequest(request_id=key(), member_id=view.member_id, views=[seen])
    return int((await view.ask(view.timeline.RecordBrowsing, request, token)).kept)


async def shopper(view: View) -> str:
    """The member himself, signed in by the phone that the store had noted."""
    return str((await view.member.login("0912345678")).session.access_token)


async def test_a_sale_an_order_and_what_became_of_it_are_on_the_timeline_once(member: Member) -> None:
    view, order_id, sale_id = await enrolled(member), str(uuid.uuid4()), str(uuid.uuid4())
    confirmed = order_events_pb2.OrderConfirmed(facts=facts(view, order_id))
    handed = order_events_pb2.UnitsHandedOver(order_id=order_id, member_id=view.member_id, location_id="TPE01")
    handed.lines.add(sku="COAT-CAMEL-M", quantity=1)
    returned = order_events_pb2.UnitsReturned(
        refund_id=str(uuid.uuid4()), order_id=order_id, member_id=view.member_id, location_id="TPE02"
    )
    returned.lines.add(sku="COAT-CAMEL-M", quantity=1, refund_amount=2480)
    for event in (confirmed, handed, returned):
        event.meta.aggregate_id = order_id
        event.meta.business_time.FromDatetime(member.clock())
    await view.hear(confirmed, sold(view, sale_id), handed, returned)
    for event in (confirmed, handed, returned):
        event.meta.event_id = ""  # told once more, as another event
    await view.hear(confirmed, handed, returned)
    found = await view.records(view.adviser)
    assert await view.kinds(view.adviser) == ["HANDOVER", "ORDER", "RETURN", "SALE"]
    assert len(found) == 4
    [sale] = [one for one in found if one.kind == profile_pb2.TIMELINE_KIND_SALE]
    assert (sale.subject_id, sale.location_id, sale.data["grand_total"]) == (sale_id, "TPE02", "2480")


async def test_each_part_of_a_return_is_on_the_timeline_once(member: Member) -> None:
    """One refund told in two parts; and one that earlier versions kept whole, told again."""
    view, refunds = await enrolled(member), [str(uuid.uuid4()) for _ in range(2)]

    def back(refund_id: str, *firsts: int) -> order_events_pb2.UnitsReturned:
        order_id = str(uuid.uuid4())
        event = order_events_pb2.UnitsReturned(refund_id=refund_id, order_id=order_id, member_id=view.member_id)
        for first in firsts:
            event.lines.add(sku="COAT-CAMEL-M", quantity=1, refund_amount=100 + first).unit.first = first
        event.meta.aggregate_id = event.order_id
        event.meta.business_time.FromDatetime(member.clock())
        return event

    await view.hear(back(refunds[0], 0, 1), back(refunds[0], 2), back(refunds[1]))
    await view.hear(back(refunds[1], 0), back(refunds[0], 0))
    found = sorted(one.data["refund_amount"] for one in await view.records(view.adviser))
    assert found == ["0", "102", "201"]


async def test_each_sees_what_he_may(member: Member) -> None:
    """A note is the store's and the adviser's and service's; marketing and the member never see it."""
    view = await enrolled(member)
    await view.note(view.adviser, "prefers to be called after six")
    await view.trial(view.adviser, note="sleeves too long")
    await view.complain(view.adviser, "the zip broke")
    me, service, marketing = await shopper(view), await member.hq("service"), await member.hq("merchandiser")
    assert await view.kinds(view.adviser) == ["COMPLAINT", "NOTE", "TRIAL"]
    assert await view.kinds(service.access_token) == ["COMPLAINT", "NOTE", "TRIAL"]
    assert await view.kinds(me) == await view.kinds(marketing.access_token) == ["COMPLAINT", "TRIAL"]
    words = {one.kind: one.text for one in await view.records(me)}
    assert words == {profile_pb2.TIMELINE_KIND_COMPLAINT: "the zip broke", profile_pb2.TIMELINE_KIND_TRIAL: ""}
    assert {one.text for one in await view.records(marketing.access_token)} == {""}


async def test_another_store_sees_a_note_only_through_the_bound_adviser(member: Member) -> None:
    view = await enrolled(member)
    await view.note(view.adviser, "allergic to wool")
    await member.put_staff("A205", home_location_id="TPE02", roles=["adviser"])
    _, _, device = await member.terminal("TPE02")
    other = (await member.sign_in(device, "A205")).access_token
    assert await view.kinds(other) == []
    await view.hear(bound(view, "A205"))
    assert await view.kinds(other) == ["NOTE"]
    assert (await view.records(other))[0].text == "allergic to wool"
    await view.hear(bound(view, "A102", version=2))
    assert await view.kinds(other) == []


async def test_browsing_is_kept_and_shown_to_staff_with_the_members_word_only(member: Member) -> None:
    view = await enrolled(member)
    me = await shopper(view)
    assert await browse(view, me) == 0
    await consent(view, me, privacy_pb2.CONSENT_PURPOSE_BROWSING)
    assert await browse(view, me) == 1
    assert await browse(view, me) == 1  # the same look
    assert len(await view.records(me, BROWSING)) == 1
    await with_sku(member, "SCARF-RED")
    await add(member, me, view.member_id, "SCARF-RED")
    assert await view.records(view.adviser, BROWSING) == []
    assert await listed(member, view.adviser, view.member_id) == {}  # his own favourites too
    await consent(view, me, privacy_pb2.CONSENT_PURPOSE_SHARING)
    assert list(await listed(member, view.adviser, view.member_id)) == ["SCARF-RED"]
    assert [one.subject_id for one in await view.records(view.adviser, BROWSING)] == ["TROUSERS-NAVY-32"]


async def test_a_trial_takes_what_is_hesitated_over_to_the_wish_list(member: Member) -> None:
    view = await enrolled(member)
    await with_sku(member, "COAT-CAMEL-M")
    kept = await view.trial(view.adviser, wish=True, note="after payday")
    assert (kept.staff_code, kept.location_id, kept.text) == ("A102", "TPE01", "after payday")
    assert await listed(member, view.adviser, view.member_id) == {"COAT-CAMEL-M": ""}
    async with member.db.read() as tx:
        kept_answers = await tx.fetch("SELECT answer FROM requests")
        rows = await tx.fetch("SELECT t::text AS row FROM timeline_records AS t")
    assert not [row for row in kept_answers if row["answer"] and b"payday" in row["answer"]]
    assert not [row for row in rows if "payday" in row["row"]]


@pytest.mark.parametrize(
    ("skus", "outcome", "field"),
    [((), 2, "skus"), (("a b",), 2, "skus"), (("A",), 0, "outcome"), (tuple(f"S{i}" for i in range(21)), 2, "skus")],
)
async def test_a_trial_that_says_nothing_is_refused(
    member: Member, skus: tuple[str, ...], outcome: int, field: str
) -> None:
    view = await enrolled(member)
    request = pb.RecordTrialRequest(request_id=key(), member_id=view.member_id, skus=skus, outcome=outcome)  # type: ignore[arg-type]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await view.ask(view.timeline.RecordTrial, request, view.adviser)
    assert Member.fault(refused.value).metadata["field"] == field


async def test_pages_follow_each_other_without_gap(member: Member) -> None:
    view = await enrolled(member)
    for number in range(5):
        await view.note(view.adviser, f"note {number}")
    seen, token = [], ""
    for _ in range(3):
        request = pb.ListTimelineRequest(member_id=view.member_id, kinds=[NOTE], page_size=2, page_token=token)
        reply = await view.ask(view.timeline.ListTimeline, request, view.adviser)
        seen += [one.text for one in reply.records]
        token = reply.next_page_token
    assert sorted(seen) == [f"note {number}" for number in range(5)]
    assert token == ""


async def test_points_stand_between_the_rest_by_their_time_and_page_with_it(member: Member) -> None:
    """The ledger tells them: nothing of them is kept a second time."""
    view = await enrolled(member)
    service = (await member.hq("service")).access_token
    for number, points in enumerate((500, -20, 300)):
        async with member.db.transaction() as tx:
            await member.parts.points.points.adjust(tx, view.member_id, points, "goodwill", key())
        member.clock.advance(minutes=1)
        await view.note(view.adviser, f"note {number}")
        member.clock.advance(minutes=1)
    whole = [(one.kind, one.data["points"] if one.kind == POINTS else one.text) for one in await view.records(service)]
    assert whole == [
        (NOTE, "note 2"), (POINTS, "300"), (NOTE, "note 1"), (POINTS, "-20"), (NOTE, "note 0"), (POINTS, "500"),
    ]  # fmt: skip
    seen, token = [], ""
    for _ in range(4):
        request = pb.ListTimelineRequest(member_id=view.member_id, page_size=2, page_token=token)
        reply = await view.ask(view.timeline.ListTimeline, request, service)
        seen += [(one.kind, one.data["points"] if one.kind == POINTS else one.text) for one in reply.records]
        token = reply.next_page_token
    assert (seen, token) == (whole, "")
    assert {one.kind for one in await view.records(service, NOTE)} == {NOTE}
    assert [one.data["move"] for one in await view.records(await shopper(view), POINTS)] == ["ADJUST"] * 3


async def test_a_complaint_is_settled_by_a_record_of_its_own(member: Member) -> None:
    view = await enrolled(member)
    complaint = await view.complain(view.adviser, "too late", order_id=str(uuid.uuid4()))
    settle = pb.SettleComplaintRequest(
        request_id=key(), member_id=view.member_id, record_id=complaint.record_id, text="voucher sent"
    )
    settled = (await view.ask(view.timeline.SettleComplaint, settle, view.adviser)).record
    assert settled.data["settles"] == complaint.record_id
    settle.request_id, settle.record_id = key(), settled.record_id
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await view.ask(view.timeline.SettleComplaint, settle, view.adviser)
    assert refusal(refused.value) == "NOT_FOUND"


async def test_whoever_looked_is_told_to_the_member_and_to_headquarters(member: Member) -> None:
    view = await enrolled(member)
    await view.records(view.adviser)
    me, admin = await shopper(view), await member.hq("admin")
    mine = await view.ask(view.timeline.ListReads, pb.ListReadsRequest(member_id=view.member_id), me)
    assert [(one.rpc, one.actor.id) for one in mine.reads] == [("ListTimeline", "A102")]
    hers = await view.ask(view.timeline.ListReads, pb.ListReadsRequest(actor_id="A102"), admin.access_token)
    assert "ListTimeline" in [one.rpc for one in hers.reads]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await view.ask(view.timeline.ListReads, pb.ListReadsRequest(member_id=key()), me)
    assert refusal(refused.value) == "NOT_FOUND"


async def test_a_retention_clock_takes_only_its_own_kind(member: Member) -> None:
    view = await enrolled(member)
    me = await shopper(view)
    await consent(view, me, privacy_pb2.CONSENT_PURPOSE_BROWSING)
    await browse(view, me)
    await view.note(view.adviser, "likes camel")
    for room in member.parts.rooms:
        await room.start()
    member.clock.advance(days=91)
    await view.fire(SWEEP)
    assert await view.kinds(await shopper(view)) == []
    assert await view.kinds(await member.adviser()) == ["NOTE"]
