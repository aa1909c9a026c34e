"""Families with one telephone, enrolled by tills without a line: told apart as with one, whatever arrives first."""

import asyncio
from typing import Any

import grpc
import pytest

from kit.ids import uuid7
from omo.member.v1 import member_events_pb2
from omo.member.v1 import merging_service_pb2 as merging_pb
from omo.member.v1 import people_review_service_pb2 as reviews_pb
from omo.member.v1 import people_review_service_pb2_grpc as reviews_rpc
from tests.service.member.conftest import Member
from tests.service.member.events import events
from tests.service.member.facts import enrolled, get, kept, send, wish
from tests.service.member.merging_rig import Desk, desk, new
from tests.service.member.test_shared_numbers import ANOTHER, find, why

PHONE = "0912345678"
FATHER, DAUGHTER = "王大明", "王小美"


async def pairs(at: Desk) -> set[frozenset[str]]:
    return {frozenset((one.member_id, one.other_member_id)) for one in await at.candidates()}


async def people(member: Member, token: str) -> set[str]:
    found = await find(member, PHONE, token)
    return {one.member_id for one in found.candidates} or {found.member.member_id}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 3, 2), (3, 1, 2, 0), (2, 3, 0, 1)], ids=str)
async def test_two_tills_tell_of_a_family_in_whatever_order(member: Member, order: tuple[int, ...]) -> None:
    """Enrolments and sales of both, of which any may be the last to arrive."""
    at, adviser = await desk(member), await member.adviser()
    father, daughter = uuid7(), uuid7()

    async def tell(number: int) -> None:
        who, name = ((father, FATHER), (daughter, DAUGHTER))[number % 2]
        if number >= 2:
            await at.sold(who, 1_000 * (number + 1))
            return
        fact = enrolled(member, who, phone=PHONE, name=name)
        for _ in range(2):  # the door sends again what it got no answer for
            answer = await send(member, fact, terminal_id=f"till-{number}")
            assert (answer.durable_ack, list(answer.conflicts)) == (1, [])

    for number in order:
        await tell(number)
    assert (await get(member, father)).display_name == "王○明"
    assert (await get(member, daughter)).display_name == "王○美", "nobody is in the other's account"
    assert ((await at.points(father))[1], (await at.points(daughter))[1]) == (300, 400)
    assert await people(member, adviser) == {father, daughter}
    assert await pairs(at) == {frozenset((father, daughter))}, "a person looks whether they are two"
    assert sorted(row["flags"] for row in await kept(member)) == [[], ["phone_shared"]]
    first = father if order.index(0) < order.index(1) else daughter
    assert (await member.login(PHONE)).member.member_id == first, "the number signs its holder in"
    await at.hear(*await events(member.db, member_events_pb2.MemberEnrolled))  # as the service hears itself
    await at.proved()


@pytest.mark.parametrize("late", [True, False], ids=["till last", "till first"])
async def test_a_till_without_a_line_and_one_with_it_say_the_same(member: Member, late: bool) -> None:
    at, adviser, daughter = await desk(member), await member.adviser(), uuid7()
    fact = enrolled(member, daughter, phone=PHONE, name=DAUGHTER, card_no="HK00020001")
    if not late:
        await send(member, fact)
    told = {"phone": PHONE, "display_name": FATHER}
    father = (await member.enrol(adviser, **told, **({} if late else {"if_taken": ANOTHER}))).member_id
    await at.sold(father, 5_000)
    if late:
        assert (await member.login(PHONE)).claimed_now, "the account is claimed by the time that she is heard of"
        await send(member, fact)
    assert await people(member, adviser) == {father, daughter}
    assert (await find(member, "HK00020001", adviser)).member.member_id == daughter
    assert ((await at.points(father))[1], (await at.points(daughter))[1]) == (500, 0)
    await at.proved()


async def test_who_is_known_by_name_is_met_again_and_a_dismissed_pair_stays_dismissed(member: Member) -> None:
    at, adviser, daughter = await desk(member), await member.adviser(), uuid7()
    father = (await member.enrol(adviser, phone=PHONE, display_name=FATHER)).member_id
    await send(member, enrolled(member, daughter, phone=PHONE, name=DAUGHTER))
    (pair,) = await at.candidates()
    dismiss = merging_pb.DismissMergeCandidateRequest(
        request_id=new(), candidate_id=pair.candidate_id, reason="TWO_PEOPLE"
    )
    await member.call(at.merging.DismissMergeCandidate, dismiss, at.token)
    again, him = uuid7(), uuid7()
    await send(
        member,
        enrolled(member, again, phone=PHONE, name="王 小美", card_no="HK00020001"),
        enrolled(member, him, phone=PHONE, name=FATHER),
        wish(member, again),
        terminal_id="till-2",
    )
    assert (await get(member, again)).member_id == daughter
    assert (await get(member, him)).member_id == father
    assert (await find(member, "HK00020001", adviser)).member.member_id == daughter, "what else she showed is hers"
    once_more = await member.enrol(adviser, phone=PHONE, display_name=DAUGHTER)
    assert once_more.member_id == daughter, "with a line too"
    assert await pairs(at) == set()
    assert [row["flags"] for row in await kept(member)][1:] == [[], [], []]
    await at.proved()


async def test_whom_nothing_tells_apart_is_somebody_of_his_own_until_a_person_has_looked(member: Member) -> None:
    """A number typed without a line and without a name may mean any of the family."""
    at, adviser = await desk(member), await member.adviser()
    father = (await member.enrol(adviser, phone=PHONE, display_name=FATHER)).member_id
    daughter, typed = uuid7(), uuid7()
    await send(member, enrolled(member, daughter, phone=PHONE, name=DAUGHTER))
    await at.sold(typed, 3_000)
    await send(member, enrolled(member, typed, phone=PHONE), terminal_id="till-2")
    assert (await at.points(typed))[1] == 300, "nobody else has them meanwhile"
    assert await pairs(at) == {frozenset(two) for two in ((father, daughter), (father, typed), (daughter, typed))}
    await at.merge(daughter, typed)
    assert (await at.points(daughter))[1] == 300, "as of their own time, once it is known whose they are"
    assert await people(member, adviser) == {father, daughter}
    await at.hear(*await events(member.db, member_events_pb2.MemberEnrolled))
    await at.proved()


async def test_a_card_of_somebody_of_another_name_stays_his(member: Member) -> None:
    at, adviser, made = await desk(member), await member.adviser(), uuid7()
    holder = (await member.enrol(adviser, card_no="HK00020001", display_name=FATHER)).member_id
    await send(member, enrolled(member, made, card_no="HK00020001", name=DAUGHTER))
    assert [it.value for it in (await get(member, made)).identifiers] == []
    assert (await find(member, "HK00020001", adviser)).member.member_id == holder
    assert (await kept(member))[0]["flags"] == ["card_taken"]
    assert await pairs(at) == {frozenset((holder, made))}


async def test_no_more_share_than_a_household_and_the_next_is_kept_all_the_same(member: Member) -> None:
    names = ["甲一", "乙二", "丙三", "丁四", "戊五", "己六", "庚七", "辛八", "壬九", "癸十"]
    ids = [uuid7() for _ in names]
    facts = [enrolled(member, made, phone=PHONE, name=name) for made, name in zip(ids, names, strict=True)]
    await send(member, *facts)
    flags: list[Any] = [row["flags"] for row in await kept(member)]
    assert flags == [[], *[["phone_shared"]] * 8, ["phone_limited"]]
    assert (await get(member, ids[-1])).display_name == "癸○"
    assert await people(member, await member.adviser()) == set(ids[:-1])


async def test_what_a_person_should_look_at_stands_in_a_queue_until_somebody_has(member: Member) -> None:
    at, ids = await desk(member), [uuid7() for _ in range(3)]
    await send(member, enrolled(member, ids[0], phone=PHONE, name=FATHER), wish(member, uuid7()))
    await send(member, enrolled(member, ids[1], phone=PHONE, name=DAUGHTER), terminal_id="till-2")
    await send(member, enrolled(member, ids[2], phone="12"), terminal_id="till-3")
    stub = reviews_rpc.PeopleReviewServiceStub(member.channel)

    async def queue() -> list[tuple[str, int, list[str]]]:
        found, token = [], ""
        while True:
            request = reviews_pb.ListPeopleReviewsRequest(page_size=1, page_token=token)
            page = await member.call(stub.ListPeopleReviews, request, at.token)
            found += [(one.terminal_id, one.sequence, list(one.flags)) for one in page.reviews]
            token = page.next_page_token
            if not token:
                return found

    waiting = [("till-1", 2, ["member_unknown"]), ("till-2", 1, ["phone_shared"]), ("till-3", 1, ["phone_invalid"])]
    assert await queue() == waiting
    close = reviews_pb.ClosePeopleReviewRequest(request_id=new(), terminal_id="till-2", sequence=1, reason="TWO_PEOPLE")
    closed = (await member.call(stub.ClosePeopleReview, close, at.token)).review
    assert (closed.member_id, closed.kind, closed.outcome, closed.location_id) == (
        ids[1],
        "enrolled",
        "created",
        "TPE01",
    )
    assert await queue() == [waiting[0], waiting[2]]
    for terminal_id, sequence in (("till-2", 1), ("till-1", 1), ("till-9", 1)):
        close = reviews_pb.ClosePeopleReviewRequest(
            request_id=new(), terminal_id=terminal_id, sequence=sequence, reason="AGAIN"
        )
        assert await why(member.call(stub.ClosePeopleReview, close, at.token)) == "PEOPLE_REVIEW_UNKNOWN"
    wrong = reviews_pb.ClosePeopleReviewRequest(request_id=new(), terminal_id="till-1", sequence=0, reason="X")
    assert await why(member.call(stub.ClosePeopleReview, wrong, at.token)) == "FIELD_INVALID"
    listing = reviews_pb.ListPeopleReviewsRequest()
    assert await why(member.call(stub.ListPeopleReviews, listing, await member.adviser())) == "PERMISSION_DENIED"


async def test_two_tills_tell_of_one_daughter_at_once(member: Member) -> None:
    await member.enrol(await member.adviser(), phone=PHONE, display_name=FATHER)
    ids = [uuid7() for _ in range(3)]

    async def told(number: int) -> None:
        """Whoever waits too long for the others is sent away, and comes again, as the door does with a frame."""
        for _ in range(20):
            try:
                fact = enrolled(member, ids[number], phone=PHONE, name=DAUGHTER)
                await send(member, fact, terminal_id=f"till-{number}")
            except grpc.aio.AioRpcError as error:
                assert error.code() is grpc.StatusCode.ABORTED, error  # noqa: PT017
            else:
                return

    await asyncio.gather(*(told(number) for number in range(3)))
    assert len({(await get(member, made)).member_id for made in ids}) == 1
    assert sorted(row["outcome"] for row in await kept(member)) == ["created", "merged", "merged"]
