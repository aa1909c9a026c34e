"""What a thief of the database would hold: no name, no number, no code, and nothing that can be tried offline."""

import hashlib
import uuid

import asyncpg
import pytest

from kit.fields import timestamp
from omo.audit.v1 import audit_service_pb2 as audit_pb
from omo.audit.v1 import audit_service_pb2_grpc as audit_rpc
from omo.member.v1 import identity_service_pb2 as pb
from omo.member.v1 import points_service_pb2 as points_pb
from omo.storefacts.v1 import facts_pb2
from tests.service.member import profile_rig as profile
from tests.service.member.conftest import PIN, Member

NAME, PHONE, CARD, NOTE, ADDRESS = "陳小明", "0912345678", "HK00012345", "for his daughter", "臺北市信義區"


async def a_day(member: Member) -> list[str]:
    """Everything that a person tells us, and every secret that we hand out."""
    terminal_id, secret, device = await member.terminal()
    await member.put_staff()
    staff = await member.sign_in(device)
    enrolled = await member.enrol(staff.access_token, phone=PHONE, card_no=CARD, display_name=NAME)
    welcome = await member.login(PHONE)
    seal = pb.SealRequest(
        request_id=str(uuid.uuid4()), member_id=enrolled.member_id, name=NAME, phone=PHONE, address=ADDRESS
    )
    await member.call(member.contacts.Seal, seal, welcome.session.access_token)
    facts = [
        facts_pb2.PeopleFact(
            business_time=timestamp(member.clock()),
            wish=facts_pb2.WishNoted(member_id=enrolled.member_id, sku="COAT", note=NOTE),
        ),
        facts_pb2.PeopleFact(
            business_time=timestamp(member.clock()),
            enrolled=facts_pb2.MemberEnrolledAtTill(member_id=str(uuid.uuid4()), phone="12", name=NAME),
        ),
    ]
    frame = facts_pb2.PeopleFrame(first_sequence=1, facts=facts)
    record = pb.RecordPeopleRequest(terminal_id=terminal_id, location_id="TPE01", frame=frame)
    await member.call(member.people.RecordPeople, record, device)
    wish = points_pb.AddWishRequest(
        request_id=str(uuid.uuid4()), member_id=enrolled.member_id, sku="SCARF", note=f"{NOTE}, {NAME}"
    )
    await profile.with_sku(member, "SCARF")
    await member.call(profile.stub(member).AddWish, wish, staff.access_token)
    hq = await member.hq("admin")
    return [secret, member.sent[-1].code, hq.refresh_token, staff.refresh_token, welcome.session.refresh_token]


async def test_the_database_holds_neither_persons_nor_secrets(member: Member) -> None:
    secrets = await a_day(member)
    sought = [NAME, "小明", "912345678", "912 345 678", CARD, NOTE, ADDRESS, *secrets]
    tables = await dump(member)
    assert len(tables) > 20
    found = [
        f"{table} holds {what}"
        for table, content in tables.items()
        for what in sought
        if what.encode() in content and not (what == secrets[1] and _by_chance(content, what))
    ]
    assert not found, "\n".join(found)


async def test_no_bare_hash_of_what_can_be_guessed_is_kept(member: Member) -> None:
    await a_day(member)
    content = b"".join((await dump(member)).values())
    for guessable in (PIN, PHONE, "+886912345678", "886912345678", CARD, NAME, member.sent[-1].code):
        for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.sha512):
            assert digest(guessable.encode()).digest() not in content


async def test_what_was_written_proves(member: Member) -> None:
    await a_day(member)
    adviser = await member.adviser()
    for _ in range(3):
        await member.call(member.identity.FindMember, pb.FindMemberRequest(key=PHONE), adviser)
    mine = [check for check in (await prove(member)).checks if check.name.startswith("identity.")]
    assert len(mine) == 6
    assert all(check.examined for check in mine if "alias" not in check.name)
    assert not [drift for check in mine for drift in check.drifts]


async def test_the_proof_notices_what_was_tampered_with(member: Member) -> None:
    await a_day(member)
    for harm, check in (
        ("DELETE FROM identifier_holders WHERE kind = 'card'", "identity.every_identifier_is_held"),
        ("DELETE FROM member_identifiers WHERE kind = 'phone'", "identity.every_holder_has_the_identifier"),
        ("DELETE FROM member_keys", "identity.every_member_has_a_key"),
        (
            "INSERT INTO member_aliases SELECT gen_random_uuid(), gen_random_uuid(), ''",
            "identity.every_alias_means_a_member",
        ),
        ("UPDATE lane_heads SET durable_ack = durable_ack + 1", "identity.every_acknowledged_fact_is_stored"),
    ):
        async with member.db.transaction() as tx:
            await tx.execute(harm)
        assert check in {one.name for one in (await prove(member)).checks if one.drifts}


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE personal_reads SET actor_id = 'nobody' WHERE read_id = $1",
        "DELETE FROM personal_reads WHERE read_id = $1",
        "DELETE FROM personal_read_links WHERE read_id = $1",
        "WITH a AS (DELETE FROM personal_read_links WHERE read_id = $1) DELETE FROM personal_reads WHERE read_id = $1",
    ],
)
@pytest.mark.parametrize("which", ["min", "max"])
async def test_the_proof_notices_a_look_that_was_hidden(member: Member, harm: str, which: str) -> None:
    """By somebody who has every right in the database, which the service itself has not."""
    adviser = await member.adviser()
    enrolled = await member.enrol(adviser, phone=PHONE)
    for _ in range(3):
        await member.call(member.identity.FindMember, pb.FindMemberRequest(key=PHONE), adviser)
        await member.call(member.identity.GetMember, pb.GetMemberRequest(member_id=enrolled.member_id), adviser)
    owner = await asyncpg.connect(member.owner_dsn)
    try:
        read_id = await owner.fetchval(f"SELECT {which}(read_id::text) FROM personal_reads")
        await owner.execute(harm, read_id)
    finally:
        await owner.close()
    assert "identity.reads_are_chained" in {one.name for one in (await prove(member)).checks if one.drifts}


async def prove(member: Member) -> audit_pb.ProveResponse:
    stub = audit_rpc.AuditServiceStub(member.channel)
    proof: audit_pb.ProveResponse = await member.call(
        stub.Prove, audit_pb.ProveRequest(), await member.service("operator")
    )
    return proof


async def dump(member: Member) -> dict[str, bytes]:
    """Every table as text, and its binary columns as they are."""
    tables: dict[str, bytes] = {}
    async with member.db.read() as tx:
        names = await tx.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for name in [row["tablename"] for row in names if row["tablename"] != "schema_migrations"]:
            rows = await tx.fetch(f'SELECT * FROM "{name}"')
            values = [value for row in rows for value in row.values()]
            tables[name] = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
    return tables


def _by_chance(content: bytes, code: str) -> bool:
    """Six digits stand in a timestamp or an id now and then."""
    return not any(line == code.encode() for line in content.splitlines())
