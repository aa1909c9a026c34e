"""Who was looked up is written down: many looks in one commit, each linked to the one before."""

import asyncio
from collections import Counter

import asyncpg
import grpc
import pytest

from omo.member.v1 import identity_service_pb2 as pb
from tests.service.member.conftest import Member
from tests.service.member.test_identity_members import find, reads
from tests.service.member.test_identity_sealing import prove


async def test_looks_at_once_are_linked_one_after_the_other(member: Member) -> None:
    """They share a commit; beside them others are written down alone."""
    token = await member.adviser()
    people = [await member.enrol(token, phone=f"09123456{number:02}") for number in range(4)]
    get = [pb.GetMemberRequest(member_id=one.member_id) for one in people]
    for _ in range(5):
        looks = [find(member, token, f"09123456{number % 4:02}") for number in range(12)]
        alone = [member.call(member.identity.GetMember, get[number], token) for number in range(2)]
        await asyncio.gather(*looks, *alone)
    noted = await reads(member)
    found = Counter(read["member_id"] for read in noted if read["rpc"] == "FindMember")
    assert found == {one.member_id: 15 for one in people}
    assert len(noted) == 70
    assert "identity.reads_are_chained" not in {one.name for one in (await prove(member)).checks if one.drifts}


async def test_what_cannot_be_written_down_is_not_shown(member: Member) -> None:
    token = await member.adviser()
    await member.enrol(token, phone="0912345678")
    owner = await asyncpg.connect(member.owner_dsn)
    await owner.execute("ALTER TABLE personal_read_links ADD CONSTRAINT none_more CHECK (sequence < 1) NOT VALID")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await find(member, token, "0912345678")
    assert error.value.code() is grpc.StatusCode.INTERNAL
    await owner.execute("ALTER TABLE personal_read_links DROP CONSTRAINT none_more")
    await owner.close()
    assert await find(member, token, "0912345678")
    assert len(await reads(member)) == 1
