"""Facts about people that tills send: nothing lost, nothing twice, nothing refused."""

import asyncio
import base64
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from kit.fields import timestamp
from kit.ids import uuid7
from kit.postgres import Tx
from omo.member.v1 import identity_service_pb2 as pb
from omo.member.v1 import member_events_pb2
from omo.storefacts.v1 import facts_pb2
from tests.service.member.conftest import Member, refusal
from tests.service.member.events import events
from tests.service.member.facts import enrolled, get, kept, send, wish


async def test_a_till_enrols_with_an_id_of_its_own(member: Member) -> None:
    member_id = uuid7()
    answer = await send(member, enrolled(member, member_id, phone="0912-345-678", name="陳小明", card_no="HK1234"))
    assert (answer.durable_ack, answer.resend_from, list(answer.conflicts)) == (1, 0, [])
    seen = await get(member, member_id)
    assert (seen.member_id, seen.display_name, seen.enrolled_location_id) == (member_id, "陳○明", "TPE01")
    assert len(seen.identifiers) == 2
    told = (await events(member.db, member_events_pb2.MemberEnrolled))[0]
    assert (told.member_id, told.enrolled_staff_code, told.source) == (member_id, "A102", "store")
    assert (told.meta.actor.id, told.meta.actor.terminal_id) == ("A102", "till-1")
    assert told.meta.business_time.ToSeconds() == int((member.clock() - timedelta(hours=1)).timestamp())
    assert (await member.login("0912345678")).claimed_now


async def test_a_frame_that_comes_twice_is_kept_once(member: Member) -> None:
    facts = [enrolled(member, uuid7(), phone=f"09{number:02d}345678") for number in range(10, 20)]
    first = await send(member, *facts)
    assert await send(member, *facts) == first
    more = await send(member, *facts[8:], enrolled(member, uuid7(), card_no="HK9999"), first=9)
    assert more.durable_ack == 11
    assert len(await events(member.db, member_events_pb2.MemberEnrolled)) == 11
    assert len(await kept(member)) == 11


async def test_a_gap_is_asked_for_again_and_nothing_is_taken(member: Member) -> None:
    await send(member, enrolled(member, uuid7(), card_no="HK0001"))
    answer = await send(member, enrolled(member, uuid7(), card_no="HK0003"), first=3)
    assert (answer.durable_ack, answer.resend_from) == (1, 2)
    assert len(await kept(member)) == 1


async def test_other_content_under_a_known_sequence_is_kept_aside_and_sealed(member: Member) -> None:
    original, member_id = uuid7(), uuid7()
    await send(member, enrolled(member, original, phone="0912345678", name="陳小明"))
    answer = await send(member, enrolled(member, member_id, phone="0987654321", name="王大明"), wish(member, original))
    assert (answer.durable_ack, list(answer.conflicts)) == (2, [1])
    assert (await get(member, original)).display_name == "陳○明"
    with pytest.raises(grpc.aio.AioRpcError):
        await get(member, member_id)
    async with member.db.read() as tx:
        conflict = await tx.fetchrow("SELECT hash, payload FROM lane_conflicts")
    assert "王大明".encode() not in conflict["payload"]
    assert b"987654321" not in conflict["payload"]
    sealed, register = conflict["payload"][16:], member.parts.ground.register
    assert conflict["payload"][:16] == uuid.UUID(member_id).bytes, "whose key it is"
    async with member.db.transaction() as tx:
        opened = await register.open(tx, member_id, "PEOPLE:till-1:1", sealed)
        assert "王大明".encode() in base64.b64decode(opened)
        await tx.execute("DELETE FROM member_keys WHERE member_id = $1", member_id)
        assert await register.open(tx, member_id, "PEOPLE:till-1:1", sealed) == "", "it is forgotten with him"


async def test_an_id_for_somebody_known_becomes_his_alias(member: Member) -> None:
    known = await member.enrol(await member.adviser(), phone="0912345678")
    made = uuid7()
    await send(member, enrolled(member, made, phone="0912345678", name="陳 小明", card_no="HK4321"))
    seen = await get(member, made)
    assert seen.member_id == known.member_id
    assert {it.value for it in seen.identifiers} == {"+886 9** *** 678", "****21"}
    told = (await events(member.db, member_events_pb2.MemberMerged))[0]
    assert (told.member_id, told.absorbed_member_id) == (known.member_id, made)
    assert told.meta.sequence == seen.version == 2
    assert (await kept(member))[0]["outcome"] == "merged"
    assert not [one for one in await events(member.db, member_events_pb2.MemberEnrolled) if one.member_id == made]
    assert (await member.login("0912345678")).member.member_id == known.member_id


async def test_whoever_holds_balances_hears_of_an_alias_in_the_same_transaction(member: Member) -> None:
    known = await member.enrol(await member.adviser(), phone="0912345678")
    heard: list[tuple[str, str]] = []

    async def hear(tx: Tx, absorbed: str, member_id: str) -> None:
        assert await tx.fetchval("SELECT resolve_member($1)", absorbed) == member_id
        heard.append((absorbed, member_id))

    member.parts.identity.facts.on_merged(hear)
    made = uuid7()
    fact = enrolled(member, made, phone="0912345678")
    await send(member, fact)
    await send(member, fact)
    assert heard == [(made, known.member_id)]


async def test_the_same_phone_in_one_frame_is_one_member(member: Member) -> None:
    one, other = uuid7(), uuid7()
    await send(member, enrolled(member, one, phone="0912345678"), enrolled(member, other, phone="+886912345678"))
    assert (await get(member, other)).member_id == one
    assert [row["outcome"] for row in await kept(member)] == ["created", "merged"]


async def test_two_tills_enrol_the_same_person_at_once(member: Member) -> None:
    ids = [uuid7() for _ in range(4)]
    await asyncio.gather(
        *(
            send(member, enrolled(member, made, phone="0912345678"), terminal_id=f"till-{number}")
            for number, made in enumerate(ids)
        )
    )
    assert len({(await get(member, made)).member_id for made in ids}) == 1
    assert sorted(row["outcome"] for row in await kept(member)) == ["created", "merged", "merged", "merged"]


async def test_a_phone_of_one_and_a_card_of_another_is_flagged(member: Member) -> None:
    token = await member.adviser()
    phone = await member.enrol(token, phone="0912345678")
    card = await member.enrol(token, card_no="HK4321")
    made = uuid7()
    await send(member, enrolled(member, made, phone="0912345678", card_no="HK4321"))
    assert (await get(member, made)).member_id == phone.member_id
    assert (await get(member, card.member_id)).member_id == card.member_id
    row = (await kept(member))[0]
    assert (row["outcome"], row["flags"]) == ("merged", ["card_taken"])


async def test_what_cannot_be_read_is_kept_and_flagged(member: Member) -> None:
    whole, odd = uuid7(), facts_pb2.PeopleFact(business_time=timestamp(member.clock()))
    answer = await send(
        member,
        enrolled(member, whole, phone="12", name="陳小明", card_no="0000"),
        enrolled(member, "not an id", phone="0912345678"),
        odd,
        enrolled(member, uuid7(), phone="0987654321"),
    )
    assert answer.durable_ack == 4
    rows = await kept(member)
    assert [row["flags"] for row in rows] == [["phone_invalid", "card_invalid"], ["unreadable"], ["unreadable"], []]
    assert (await get(member, whole)).display_name == "陳○明"
    async with member.db.transaction() as tx:
        assert await member.parts.ground.register.open(tx, whole, "fact", rows[0]["text_sealed"]) == "12"


async def test_an_enrolment_that_comes_after_its_claim_adds_what_is_new(member: Member) -> None:
    """The shopper logs in online before the till has a line again."""
    online = (await member.login("0912345678")).member
    made = uuid7()
    await send(member, enrolled(member, made, phone="0912345678", card_no="HK4321", name="陳小明"))
    seen = await get(member, made)
    assert seen.member_id == online.member_id
    assert seen.claimed
    assert len(seen.identifiers) == 2


async def test_a_wish_is_told_on_for_the_member_whom_it_means(member: Member) -> None:
    known = await member.enrol(await member.adviser(), phone="0912345678")
    heard: list[Any] = []

    async def hear(tx: Tx, wishes: Any) -> None:
        heard.extend(wishes)

    member.parts.identity.facts.on_wish(hear)
    made, later = uuid7(), uuid7()
    await send(
        member,
        enrolled(member, made, phone="0912345678"),
        wish(member, made, note="for his daughter"),
        wish(member, later, "TROUSERS-NAVY-M"),
        enrolled(member, later, phone="0987654321", name="王大明"),
    )
    assert [(one.member_id, one.sku, one.staff_code) for one in heard] == [
        (known.member_id, "COAT-CAMEL-M", "A102"),
        (later, "TROUSERS-NAVY-M", "A102"),
    ]
    rows = await kept(member)
    assert [row["flags"] for row in rows] == [[], [], ["member_unknown"], []]
    assert b"daughter" not in rows[1]["text_sealed"]
    assert (await get(member, later)).display_name == "王○明", "the key that the wish made is the member's"


@pytest.mark.parametrize(("first", "count", "field"), [(0, 1, "frame.first_sequence"), (1, 51, "frame.facts")])
async def test_an_unreadable_frame_is_refused(member: Member, first: int, count: int, field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await send(member, *(wish(member, uuid7()) for _ in range(count)), first=first)
    assert member.fault(error.value).metadata["field"] == field


async def test_a_terminal_sends_its_own_facts_only(member: Member) -> None:
    terminal_id, _, device = await member.terminal("TPE01")
    frame = facts_pb2.PeopleFrame(first_sequence=1, facts=[wish(member, uuid7())])
    mine = pb.RecordPeopleRequest(terminal_id=terminal_id, location_id="TPE01", frame=frame)
    assert (await member.call(member.people.RecordPeople, mine, device)).answer.durable_ack == 1
    for foreign, reason in (
        (pb.RecordPeopleRequest(terminal_id=str(uuid.uuid4()), location_id="TPE01", frame=frame), "PERMISSION_DENIED"),
        (pb.RecordPeopleRequest(terminal_id=terminal_id, location_id="TXG01", frame=frame), "NOT_FOUND"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await member.call(member.people.RecordPeople, foreign, device)
        assert refusal(error.value) == reason


async def test_what_could_never_be_kept_is_refused_by_name(member: Member) -> None:
    """An answer that sounds like an outage would be sent again for ever."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await send(member, wish(member, uuid7(), sku="a\x00b"))
    assert member.fault(error.value).metadata["field"] == "frame.facts[0].wish.sku"


@pytest.mark.parametrize("seconds", [-1, 0, 10**10, 10**15])
async def test_what_a_till_with_an_absurd_clock_says_is_dated_when_it_came_in(member: Member, seconds: int) -> None:
    made = uuid7()
    facts = [enrolled(member, made, phone="0912345678"), wish(member, made)]
    for fact in facts:
        fact.business_time.seconds = seconds
    assert (await send(member, *facts)).durable_ack == 2
    member.clock.advance(hours=1)
    answer = await send(member, *facts)
    assert (answer.durable_ack, list(answer.conflicts)) == (2, [])
    rows = await kept(member)
    assert [row["flags"] for row in rows] == [["clock_wrong"]] * 2
    assert {row["business_time"] for row in rows} == {member.clock() - timedelta(hours=1)}
    told = (await events(member.db, member_events_pb2.MemberEnrolled))[0]
    assert told.meta.business_time.ToSeconds() == int((member.clock() - timedelta(hours=1)).timestamp())
