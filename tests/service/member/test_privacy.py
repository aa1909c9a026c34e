"""What a member takes along, and has forgotten."""

import io
import json
import uuid
import zipfile
from typing import Any

import grpc
import pytest

from omo.attribution.v1 import privacy_events_pb2 as attribution_events
from omo.inventory.v1 import privacy_events_pb2 as inventory_events
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import merging_service_pb2 as merging_pb
from omo.member.v1 import merging_service_pb2_grpc as merging_rpc
from omo.member.v1 import privacy_pb2
from omo.member.v1 import privacy_service_pb2 as pb
from omo.member.v1 import privacy_service_pb2_grpc as rpc
from omo.order.v1 import privacy_events_pb2 as order_events
from services.member.privacy.erasures import ASK
from services.member.privacy.exports import EXPIRY, GATHER
from tests.service.member.conftest import Member, refusal
from tests.service.member.view_rig import View, enrolled, key

CANARY = "王小鸚鵡"
_ANSWERED = {
    "order": order_events.ErasureAnswered,
    "inventory": inventory_events.ErasureAnswered,
    "attribution": attribution_events.ErasureAnswered,
}


def stub(view: View) -> rpc.PrivacyServiceStub:
    return rpc.PrivacyServiceStub(view.member.channel)


async def shopper(view: View, phone: str = "0912345678") -> str:
    return str((await view.member.login(phone)).session.access_token)


async def delivered(view: View, export_id: str, service: str, sections: dict[str, Any], **more: Any) -> None:
    request = pb.DeliverExportPartRequest(
        export_id=export_id, service=service, last=True, data=json.dumps(sections).encode(), **more
    )
    await view.ask(stub(view).DeliverExportPart, request, await view.member.service(service))


async def exported(view: View, token: str) -> privacy_pb2.Export:
    """An export for which every service has delivered."""
    asked = await view.ask(
        stub(view).RequestExport, pb.RequestExportRequest(request_id=key(), member_id=view.member_id), token
    )
    assert await view.fire(GATHER) == 1
    for service in ("order", "inventory", "attribution"):
        found = (
            await view.ask(stub(view).GetExport, pb.GetExportRequest(export_id=asked.export.export_id), token)
        ).export
        assert service in found.waiting_for
        await delivered(
            view, asked.export.export_id, service, {"orders": [{"order_no": "N1"}]} if service == "order" else {}
        )
    reply = await view.ask(stub(view).GetExport, pb.GetExportRequest(export_id=asked.export.export_id), token)
    return reply.export  # type: ignore[no-any-return]


async def test_everything_that_is_kept_of_a_person_is_handed_out_once(member: Member) -> None:
    view = await enrolled(member)
    await view.note(view.adviser, f"{CANARY} likes parrots")
    me = await shopper(view)
    ready = await exported(view, me)
    assert ready.state == privacy_pb2.EXPORT_STATE_READY
    async with member.db.read() as tx:
        [kept] = await tx.fetch("SELECT file_sealed FROM exports")
    assert CANARY.encode() not in kept["file_sealed"]
    ask = pb.DownloadExportRequest(token=ready.download_token)
    given = await member.call(stub(view).DownloadExport, ask)
    assert len(given.data) == given.size_bytes
    with zipfile.ZipFile(io.BytesIO(given.data)) as packed:
        names = set(packed.namelist())
        timeline = [json.loads(line) for line in packed.read("member/timeline.jsonl").decode().splitlines()]
    assert {"about.json", "member/timeline.jsonl", "order/orders.jsonl"} <= names
    assert [one["text"] for one in timeline] == [f"{CANARY} likes parrots"]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await member.call(stub(view).DownloadExport, ask)
    assert refusal(refused.value) == "LINK_SPENT"
    async with member.db.read() as tx:
        assert await tx.fetchval("SELECT file_sealed FROM exports") is None


async def test_a_link_of_somebody_else_altered_or_late_opens_nothing(member: Member) -> None:
    view = await enrolled(member)
    me = await shopper(view)
    ready = await exported(view, me)
    care = (await member.hq("service")).access_token
    seen = await view.ask(stub(view).GetExport, pb.GetExportRequest(export_id=ready.export_id), care)
    assert seen.export.download_token == ""  # headquarters may know of it, and never have it
    again = await view.ask(
        stub(view).RequestExport, pb.RequestExportRequest(request_id=key(), member_id=view.member_id), me
    )
    assert again.export.export_id == ready.export_id
    for token in ("", "x" * 40, ready.download_token[:-2] + "AA"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await member.call(stub(view).DownloadExport, pb.DownloadExportRequest(token=token))
        assert refusal(refused.value) == "LINK_INVALID"
    member.clock.advance(days=8)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await member.call(stub(view).DownloadExport, pb.DownloadExportRequest(token=ready.download_token))
    assert refusal(refused.value) == "LINK_INVALID"
    assert await view.fire(EXPIRY) == 1
    async with member.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM exports WHERE file_sealed IS NOT NULL") == 0


def answered(erasure_id: str, service: str, asked: int = 0, **held: Any) -> Any:
    event: Any = _ANSWERED[service]()
    event.answer.erasure_id, event.answer.service, event.answer.round = erasure_id, service, asked
    event.answer.scrubbed = asked == 0
    if held:
        event.answer.blockers.add(**held)
    event.meta.aggregate_id = erasure_id
    return event


async def erase(view: View, token: str, **more: Any) -> privacy_pb2.Erasure:
    request = pb.RequestErasureRequest(request_id=key(), member_id=view.member_id, **more)
    return (await view.ask(stub(view).RequestErasure, request, token)).erasure  # type: ignore[no-any-return]


async def far(view: View, erasure_id: str) -> privacy_pb2.Erasure:
    token = (await view.member.hq("service")).access_token
    reply = await view.ask(stub(view).GetErasure, pb.GetErasureRequest(erasure_id=erasure_id), token)
    return reply.erasure  # type: ignore[no-any-return]


async def test_an_open_order_delays_it_and_a_day_later_it_is_asked_again(member: Member) -> None:
    view = await enrolled(member)
    wanted = await erase(view, await shopper(view))
    order_id = str(uuid.uuid4())
    await view.hear(
        answered(wanted.erasure_id, "inventory", 1),
        answered(wanted.erasure_id, "attribution", 1),
        answered(wanted.erasure_id, "order", 1, reason="OPEN_ORDER", count=1, amount=2480, subject_id=order_id),
    )
    found = await far(view, wanted.erasure_id)
    assert found.state == privacy_pb2.ERASURE_STATE_DELAYED
    assert [(one.reason, one.subject_id) for one in found.blockers] == [("OPEN_ORDER", order_id)]
    member.clock.advance(days=1)
    assert await view.fire(ASK) == 1
    # an answer of the first round comes once more, too late to count
    await view.hear(*(answered(wanted.erasure_id, service, 1) for service in _ANSWERED))
    assert (await far(view, wanted.erasure_id)).state == privacy_pb2.ERASURE_STATE_ASKING
    await view.hear(*(answered(wanted.erasure_id, service, 2) for service in _ANSWERED))
    assert (await far(view, wanted.erasure_id)).state == privacy_pb2.ERASURE_STATE_STARTED


async def test_with_the_key_everything_is_gone_and_the_receipts_prove_it(member: Member) -> None:
    view = await enrolled(member)
    await view.note(view.adviser, f"{CANARY} likes parrots")
    wanted = await erase(view, await shopper(view), forfeit_value=True)
    await view.hear(*(answered(wanted.erasure_id, service, 1) for service in _ANSWERED))
    await view.hear(*(answered(wanted.erasure_id, service) for service in _ANSWERED))
    done = await far(view, wanted.erasure_id)
    assert done.state == privacy_pb2.ERASURE_STATE_DONE
    assert [one.service for one in done.receipts] == ["attribution", "inventory", "member", "order"]
    async with member.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM member_keys WHERE member_id = $1", view.member_id) == 0
    assert await view.published("MemberErased") == 1
    # a till that had not heard of it tells something more: it is kept, and nobody will ever read it
    assert await view.records(await member.adviser()) == []
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await view.ask(member.identity.GetMember, identity_pb.GetMemberRequest(member_id=view.member_id), view.adviser)
    assert refusal(refused.value) == "MEMBER_UNKNOWN"
    assert (await member.enrol(await member.adviser(), phone="0912345678")).member_id != view.member_id


async def test_it_can_be_taken_back_until_the_key_is_destroyed(member: Member) -> None:
    view = await enrolled(member)
    me = await shopper(view)
    wanted = await erase(view, me)
    cancel = pb.CancelErasureRequest(request_id=key(), erasure_id=wanted.erasure_id)
    ended = (await view.ask(stub(view).CancelErasure, cancel, me)).erasure
    assert ended.state == privacy_pb2.ERASURE_STATE_CANCELLED
    await view.hear(*(answered(wanted.erasure_id, service, 1) for service in _ANSWERED))
    assert (await far(view, wanted.erasure_id)).state == privacy_pb2.ERASURE_STATE_CANCELLED
    again = await erase(view, me, forfeit_value=True)
    await view.hear(*(answered(again.erasure_id, service, 1) for service in _ANSWERED))
    cancel = pb.CancelErasureRequest(request_id=key(), erasure_id=again.erasure_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await view.ask(stub(view).CancelErasure, cancel, (await member.hq("service")).access_token)
    assert refusal(refused.value) == "ERASURE_STARTED"


async def test_books_are_kept_as_long_as_the_law_says(member: Member) -> None:
    view = await enrolled(member)
    admin = (await member.hq("admin")).access_token
    rule = privacy_pb2.RetentionRule(subject="books.orders", keep_days=365, basis="shorter is cheaper")
    put = pb.PutRetentionRuleRequest(request_id=key(), rule=rule)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await view.ask(stub(view).PutRetentionRule, put, admin)
    assert refusal(refused.value) == "RETENTION_FIXED"
    rule.keep_days, rule.subject = 30, "timeline.BROWSING"
    kept = await view.ask(stub(view).PutRetentionRule, pb.PutRetentionRuleRequest(request_id=key(), rule=rule), admin)
    assert (kept.rule.keep_days, kept.rule.version) == (30, 2)


async def test_points_that_he_still_has_delay_it_until_he_gives_them_up(member: Member) -> None:
    view = await enrolled(member)
    me = await shopper(view)
    async with member.db.transaction() as tx:
        await tx.execute("INSERT INTO points_balances (member_id, active) VALUES ($1, 50)", view.member_id)
    wanted = await erase(view, me)
    await view.hear(*(answered(wanted.erasure_id, service, 1) for service in _ANSWERED))
    held = await far(view, wanted.erasure_id)
    assert held.state == privacy_pb2.ERASURE_STATE_DELAYED
    assert [(one.reason, one.amount) for one in held.blockers] == [("POINTS_LEFT", 50)]
    assert (await erase(view, me, forfeit_value=True)).erasure_id == wanted.erasure_id
    await view.hear(*(answered(wanted.erasure_id, service, 2) for service in _ANSWERED))
    assert (await far(view, wanted.erasure_id)).state == privacy_pb2.ERASURE_STATE_STARTED


async def test_a_person_of_two_ids_is_forgotten_whole_and_never_two_again(member: Member) -> None:
    view = await enrolled(member)
    other = View(member, (await member.enrol(view.adviser, phone="0987654321")).member_id, view.adviser)
    await other.note(view.adviser, f"{CANARY} of old")
    merges, care = merging_rpc.MergeServiceStub(member.channel), (await member.hq("service")).access_token
    merge = merging_pb.MergeMembersRequest(
        request_id=key(),
        member_id=view.member_id,
        other_member_id=other.member_id,
        reason="SAME_PERSON",
        despite_conflict=True,
    )
    merged = (await view.ask(merges.MergeMembers, merge, care)).merge
    assert [one.text for one in await view.records(view.adviser)] == [f"{CANARY} of old"]
    wanted = await erase(view, care)
    await view.hear(*(answered(wanted.erasure_id, service, 1) for service in _ANSWERED))
    async with member.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM member_keys") == 0
        assert await tx.fetchval("SELECT count(*) FROM member_tombstones") == 2
    undo = merging_pb.UndoMergeRequest(request_id=key(), merge_id=merged.merge_id, reason="MISTAKE")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await view.ask(merges.UndoMerge, undo, care)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
