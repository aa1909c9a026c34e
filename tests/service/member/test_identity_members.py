"""Members: enrolled in a store, found at the till, brought in by an import."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from kit.fields import timestamp
from kit.ids import uuid7
from omo.member.v1 import identity_service_pb2 as pb
from omo.member.v1 import member_events_pb2, member_pb2
from tests.service.member.conftest import Member, refusal
from tests.service.member.events import events


async def refused(member: Member, token: str, **fields: Any) -> Any:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.enrol(token, **fields)
    return member.fault(error.value)


async def find(member: Member, token: str, key: str) -> member_pb2.Member:
    found: member_pb2.Member = (
        await member.call(member.identity.FindMember, pb.FindMemberRequest(key=key), token)
    ).member
    return found


async def reads(member: Member) -> list[Any]:
    async with member.db.read() as tx:
        return list(await tx.fetch("SELECT * FROM personal_reads ORDER BY read_id"))


async def test_an_enrolment_keeps_who_and_where(member: Member) -> None:
    enrolled = await member.enrol(await member.adviser(), phone="0912345678", card_no="hk 0001 2345")
    assert enrolled.kind == member_pb2.MEMBER_KIND_MEMBER
    assert enrolled.display_name == "陳○明"
    assert {it.value for it in enrolled.identifiers} == {"+886 9** *** 678", "****2345"}
    assert {it.source for it in enrolled.identifiers} == {"store"}
    assert not any(it.verified for it in enrolled.identifiers)
    assert (enrolled.enrolled_location_id, enrolled.enrolled_staff_code) == ("TPE01", "A102")
    assert not enrolled.claimed
    told = await events(member.db, member_events_pb2.MemberEnrolled)
    assert [(one.member_id, one.enrolled_staff_code, one.source) for one in told] == [
        (enrolled.member_id, "A102", "store")
    ]
    assert (told[0].meta.aggregate_id, told[0].meta.sequence, told[0].meta.actor.id) == (enrolled.member_id, 1, "A102")


async def test_an_event_holds_no_personal_data(member: Member) -> None:
    await member.enrol(await member.adviser(), phone="0912345678", card_no="HK00012345")
    await member.login("0912345678")
    async with member.db.read() as tx:
        payloads = b"".join(row[0] for row in await tx.fetch("SELECT payload FROM outbox"))
    for personal in ("陳小明", "912345678", "HK00012345", "明"):
        assert personal.encode() not in payloads


async def test_an_identifier_that_somebody_has_is_refused_with_a_masked_name(member: Member) -> None:
    token = await member.adviser()
    await member.enrol(token, phone="0912345678", card_no="HK00012345")
    for fields, field in (({"phone": "+886 912 345 678"}, "phone"), ({"card_no": "hk00012345"}, "card_no")):
        fault = await refused(member, token, display_name="王大明", **fields)
        assert (fault.reason, fault.metadata["field"]) == ("IDENTIFIER_TAKEN", field)
        assert fault.metadata["masked_name"] == "陳○明"
        assert "小" not in fault.message


async def test_two_tills_enrol_the_same_phone_once(member: Member) -> None:
    token = await member.adviser()
    answers = await asyncio.gather(*(member.enrol(token, phone="0912345678") for _ in range(6)), return_exceptions=True)
    people = {answer.member_id for answer in answers if isinstance(answer, member_pb2.Member)}
    assert len(people) == 1, "of one name and number he is one person, however often he is enrolled"
    reasons = {refusal(answer) for answer in answers if isinstance(answer, grpc.aio.AioRpcError)}
    assert reasons <= {"IDENTIFIER_TAKEN", "CONFLICT"}


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"phone": "02 2345 6789"}, "PHONE_INVALID", "phone"),
        ({}, "FIELD_INVALID", "phone"),
        ({"card_no": "0000"}, "FIELD_INVALID", "card_no"),
        ({"phone": "0912345678", "display_name": "x" * 101}, "FIELD_INVALID", "display_name"),
        ({"phone": "0912345678", "location_id": ""}, "FIELD_INVALID", "location_id"),
        ({"phone": "0912345678", "location_id": "TXG01"}, "NOT_FOUND", "location_id"),
        ({"phone": "0912345678", "member_id": "no-uuid"}, "FIELD_INVALID", "member_id"),
        ({"phone": "0912345678", "request_id": ""}, "FIELD_INVALID", "request_id"),
    ],
)
async def test_a_refused_enrolment_names_the_field(
    member: Member, fields: dict[str, str], reason: str, field: str
) -> None:
    fault = await refused(member, await member.adviser(), **fields)
    assert (fault.reason, fault.metadata["field"] if field != "request_id" else field) == (reason, field)
    assert not await events(member.db, member_events_pb2.MemberEnrolled)


async def test_a_repeated_enrolment_answers_the_same_and_another_body_is_refused(member: Member) -> None:
    token, request_id = await member.adviser(), str(uuid.uuid4())
    first = await member.enrol(token, phone="0912345678", request_id=request_id)
    assert await member.enrol(token, phone="0912345678", request_id=request_id) == first
    fault = await refused(member, token, phone="0987654321", request_id=request_id)
    assert fault.reason == "REQUEST_REUSED"


@pytest.mark.parametrize(
    "key", ["0912345678", "+886 912-345-678", "886912345678", "hk00012345", "HK 0001 2345", "the id"]
)
async def test_a_member_is_found_by_what_is_typed(member: Member, key: str) -> None:
    token = await member.adviser()
    enrolled = await member.enrol(token, phone="0912345678", card_no="HK00012345")
    found = await find(member, token, enrolled.member_id if key == "the id" else key)
    assert found == enrolled
    read = (await reads(member))[-1]
    assert (read["member_id"], read["rpc"], read["found"]) == (enrolled.member_id, "FindMember", True)
    assert (read["actor_kind"], read["actor_id"]) == ("staff", "A102")
    assert read["actor_terminal_id"]


@pytest.mark.parametrize("key", ["091234567", "912", "HK0001", "陳小明", "0912345679", "ming@example.com"])
async def test_nobody_is_found_by_a_part_and_the_look_is_written_down(member: Member, key: str) -> None:
    token = await member.adviser()
    await member.enrol(token, phone="0912345678", card_no="HK00012345")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await find(member, token, key)
    assert refusal(error.value) == "MEMBER_UNKNOWN"
    assert [(read["rpc"], read["found"]) for read in await reads(member)] == [("FindMember", False)]


async def test_whoever_tries_numbers_is_stopped(member: Member) -> None:
    token = await member.adviser()
    await member.enrol(token, phone="0912345678")
    answers = []
    for number in range(33):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await find(member, token, f"0922{number:06d}")
        answers.append(refusal(error.value))
    assert answers == ["MEMBER_UNKNOWN"] * 30 + ["RATE_LIMITED"] * 3
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await find(member, token, "0912345678")
    assert 1 <= int(member.fault(error.value).metadata["retry_after"]) <= 601
    member.clock.advance(minutes=10)
    assert await find(member, token, "0912345678")


async def test_the_written_down_looks_cannot_be_changed(member: Member) -> None:
    token = await member.adviser()
    await member.enrol(token, phone="0912345678")
    await find(member, token, "0912345678")
    for change in ("UPDATE personal_reads SET actor_id = 'nobody'", "DELETE FROM personal_reads"):
        async with member.db.read() as tx:
            with pytest.raises(Exception, match="permission denied"):
                await tx.execute(change)


async def test_a_shopper_sees_himself_in_clear_and_nobody_else(member: Member) -> None:
    mine = await member.login("0912345678", name="陳小明")
    other = await member.login("0987654321", "phone 2")
    token = mine.session.access_token
    get = pb.GetMemberRequest(member_id=mine.member.member_id)
    seen = (await member.call(member.identity.GetMember, get, token)).member
    assert (seen.display_name, seen.identifiers[0].value) == ("陳小明", "+886912345678")
    for foreign in (other.member.member_id, uuid7()):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await member.call(member.identity.GetMember, pb.GetMemberRequest(member_id=foreign), token)
        assert refusal(error.value) == "NOT_FOUND"
    assert not await reads(member)


async def test_staff_see_a_member_masked_and_it_is_written_down(member: Member) -> None:
    welcome = await member.login("0912345678", name="陳小明")
    get = pb.GetMemberRequest(member_id=welcome.member.member_id)
    seen = (await member.call(member.identity.GetMember, get, await member.adviser())).member
    assert (seen.display_name, seen.identifiers[0].value) == ("陳○明", "+886 9** *** 678")
    assert [(read["rpc"], read["actor_id"]) for read in await reads(member)] == [("GetMember", "A102")]
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(
            member.identity.GetMember, pb.GetMemberRequest(member_id=uuid7()), (await member.hq("service")).access_token
        )
    assert refusal(error.value) == "MEMBER_UNKNOWN"


def household(number: int, **changed: Any) -> member_pb2.Member:
    card = member_pb2.Identifier(kind=member_pb2.IDENTIFIER_KIND_EXTERNAL, value=f"household-{number}")
    told = {
        "member_id": uuid7(),
        "identifiers": [card],
        "join_time": timestamp(datetime(2026, 1, 1, tzinfo=UTC)),
        **changed,
    }
    return member_pb2.Member(**told)


async def bring_in(member: Member, members: list[member_pb2.Member]) -> pb.ImportMembersResponse:
    request = pb.ImportMembersRequest(request_id=str(uuid.uuid4()), members=members)
    answer: pb.ImportMembersResponse = await member.call(
        member.identity.ImportMembers, request, await member.service("operator")
    )
    return answer


async def test_a_thousand_members_come_in_at_once_and_once(member: Member) -> None:
    everybody = [household(number, display_name=f"客{number}") for number in range(1000)]
    first = await bring_in(member, everybody)
    assert (first.created, first.existed) == (1000, 0)
    again = await bring_in(member, [*everybody[:500], *(household(number) for number in range(500, 1000))])
    assert (again.created, again.existed) == (0, 1000)
    assert len(await events(member.db, member_events_pb2.MemberEnrolled)) == 1000
    get = pb.GetMemberRequest(member_id=everybody[7].member_id)
    seen = (await member.call(member.identity.GetMember, get, await member.service("order"))).member
    assert (seen.display_name, seen.identifiers[0].source) == ("客○", "import")


async def test_a_card_that_comes_twice_in_one_import_is_one_member(member: Member) -> None:
    answer = await bring_in(member, [household(1), household(1), household(2)])
    assert (answer.created, answer.existed) == (2, 1)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"identifiers": []}, "members[0].identifiers"),
        (
            {"identifiers": [{"kind": member_pb2.IDENTIFIER_KIND_PHONE, "value": "0912345678"}]},
            "members[0].identifiers",
        ),
        ({"identifiers": [{"kind": member_pb2.IDENTIFIER_KIND_CARD, "value": "null"}]}, "members[0].identifiers"),
        ({"join_time": None}, "members[0].join_time"),
        ({"member_id": "7"}, "members[0].member_id"),
    ],
)
async def test_an_import_takes_no_proofs_of_others(member: Member, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bring_in(member, [household(0, **changed)])
    assert member.fault(error.value).metadata["field"] == field


async def test_an_import_is_at_most_a_thousand(member: Member) -> None:
    for count in (0, 1001):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await bring_in(member, [household(number) for number in range(count)])
        assert member.fault(error.value).metadata["field"] == "members"
