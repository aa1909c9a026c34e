"""Whom a staff member should call, and why."""

from datetime import timedelta

from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb
from tests.service.member.conftest import Member
from tests.service.member.profile_rig import with_sku
from tests.service.member.view_rig import View, bound, enrolled, key, priced, sold


async def test_the_call_list_names_the_reasons_and_leaves_alone_who_was_called(member: Member) -> None:
    view = await enrolled(member)
    await with_sku(member, "COAT-CAMEL-M")
    await view.trial(view.adviser, wish=True)
    await view.hear(bound(view), priced(view, "COAT-CAMEL-M", 12_800, 1))
    assert await calls(view) == []
    await view.hear(priced(view, "COAT-CAMEL-M", 9_800, 2), sold(view, key(), "TPE01"))
    assert await calls(view) == [("WISH_ON_OFFER", "COAT-CAMEL-M")]
    member.clock.advance(days=100)
    assert await calls(view) == [("LAPSED", "")]  # what fell a month ago is no news
    called = pb.RecordCallRequest(request_id=key(), member_id=view.member_id, outcome="later", note="next week")
    await view.ask(view.timeline.RecordCall, called, view.adviser)
    assert await calls(view) == []
    await view.complain(view.adviser, "the seam opened")
    assert [reason for reason, _ in await calls(view)] == ["COMPLAINT_OPEN", "LAPSED"]
    never = pb.RecordCallRequest(request_id=key(), member_id=view.member_id, outcome="not_again")
    await view.ask(view.timeline.RecordCall, never, view.adviser)
    assert [reason for reason, _ in await calls(view)] == ["COMPLAINT_OPEN"]


async def calls(view: View) -> list[tuple[str, str]]:
    reply = await view.ask(view.timeline.ListCalls, pb.ListCallsRequest(), await view.member.adviser())
    return [
        (profile_pb2.CallReason.Name(cause.reason).removeprefix("CALL_REASON_"), cause.subject_id)
        for entry in reply.entries
        for cause in entry.causes
    ]


async def test_birthdays_and_points_that_end_are_reasons_to_call(member: Member) -> None:
    view = await enrolled(member)
    await view.hear(bound(view))
    at, vault = member.clock(), member.parts.ground.vault
    soon = (at + timedelta(days=3)).astimezone(member.parts.ground.zone)
    day = vault.digest("birth day", str(soon.month), str(soon.day))
    async with member.db.transaction() as tx:
        await tx.execute("INSERT INTO birthdays VALUES ($1, $2, $2, $3)", view.member_id, day, at)
        await tx.execute(
            "INSERT INTO points_lots (member_id, lot_id, line_nos, line_points, points, pending, active, earn_time,"
            " expire_time, rule_version) VALUES ($1, $1, '{}', '{}', 50, 0, 50, $2, $3, '1')",
            *(view.member_id, at, at + timedelta(days=20)),
        )
    assert [reason for reason, _ in await calls(view)] == ["POINTS_EXPIRING", "BIRTHDAY"]
