"""Members that the benchmark generates are members: found, with a standing, and every proof holds."""

import asyncpg

from benchmarks.members import copying, ledger, people
from benchmarks.members.ledger import Step
from omo.audit.v1 import audit_service_pb2 as audit_pb
from omo.audit.v1 import audit_service_pb2_grpc as audit_rpc
from omo.member.v1 import identity_service_pb2 as pb
from tests.service.member.conftest import Member

COUNT = 40


async def test_generated_members_are_found_and_prove(member: Member) -> None:
    settings = member.parts.ground.settings
    keys = people.Keys(settings.wrapping_keys()[0], settings.hashing_key())
    async with asyncpg.create_pool(member.owner_dsn, min_size=1, max_size=3) as pool:
        await copying.write(pool, people.rows(keys, 0, COUNT))
        for step in Step:
            await copying.write(pool, ledger.rows(step, 0, COUNT))
        assert await pool.fetchval("SELECT count(*) FROM points_entries") == COUNT * ledger.ENTRIES_EACH
    adviser = await member.adviser()
    request = pb.FindMemberRequest(key="0" + people.phone(7)[4:])
    found = await member.call(member.identity.FindMember, request, adviser)
    assert (found.member.member_id, found.found_by) == (people.member_id(7), pb.MEMBER_KEY_PHONE)
    assert found.member.display_name[1] == "○"
    balance = await member.db.pool.fetchval(
        "SELECT active FROM points_balances WHERE member_id = $1", people.member_id(7)
    )
    assert found.standing.points_active == balance > 0
    operator = await member.service("operator")
    proof = await member.call(audit_rpc.AuditServiceStub(member.channel).Prove, audit_pb.ProveRequest(), operator)
    assert not [(one.name, drift) for one in proof.checks for drift in one.drifts]
    assert sum(one.examined for one in proof.checks) > COUNT


def test_the_same_seed_makes_the_same_members() -> None:
    """But for keys and seals, which are random."""
    keys = people.Keys(b"1" * 32, b"2" * 32)
    first, again = people.rows(keys, 5, 3), people.rows(keys, 5, 3)
    same = [table for table in people.TABLES if first[table] == again[table]]
    assert {"identifier_holders", "member_facts"} <= set(same)
    assert all(ledger.rows(step, 5, 3) == ledger.rows(step, 5, 3) for step in Step)
