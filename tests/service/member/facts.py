"""Facts about people, made as a till makes them, and sent as the store door sends them."""

from datetime import timedelta
from typing import Any

from kit.fields import timestamp
from kit.ids import uuid7
from omo.member.v1 import identity_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from tests.service.member.conftest import Member


def enrolled(member: Member, member_id: str, staff_code: str = "A102", **told: str) -> facts_pb2.PeopleFact:
    return facts_pb2.PeopleFact(
        fact_id=uuid7(),
        business_time=timestamp(member.clock() - timedelta(hours=1)),
        staff_code=staff_code,
        enrolled=facts_pb2.MemberEnrolledAtTill(member_id=member_id, **told),
    )


def wish(member: Member, member_id: str, sku: str = "COAT-CAMEL-M", note: str = "") -> facts_pb2.PeopleFact:
    return facts_pb2.PeopleFact(
        fact_id=uuid7(),
        business_time=timestamp(member.clock()),
        staff_code="A102",
        wish=facts_pb2.WishNoted(member_id=member_id, sku=sku, note=note),
    )


async def send(member: Member, *facts: facts_pb2.PeopleFact, first: int = 1, terminal_id: str = "till-1") -> Any:
    request = pb.RecordPeopleRequest(
        terminal_id=terminal_id,
        location_id="TPE01",
        frame=facts_pb2.PeopleFrame(first_sequence=first, facts=facts),
    )
    return (await member.call(member.people.RecordPeople, request, await member.service("gateway"))).answer


async def kept(member: Member) -> list[Any]:
    async with member.db.read() as tx:
        return list(await tx.fetch("SELECT * FROM people_facts ORDER BY terminal_id, sequence"))


async def get(member: Member, member_id: str) -> Any:
    request = pb.GetMemberRequest(member_id=member_id)
    return (await member.call(member.identity.GetMember, request, await member.service("order"))).member
