"""How many guests there may be from one place, and how long they are kept at the least."""

import uuid

import grpc
import pytest

from kit import attempts
from omo.member.v1 import privacy_pb2
from omo.member.v1 import privacy_service_pb2 as pb
from omo.member.v1 import privacy_service_pb2_grpc as privacy_rpc
from tests.service.member.conftest import Member, refusal
from tests.service.member.test_guests import PHONE, refused


async def was_there(member: Member, kind: str, value: str, times: int) -> None:
    """So many guests before, just now."""
    scope = member.parts.ground.vault.digest("guest scope", kind, value)
    async with member.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO otp_windows (scope, times, last_time)"
            " VALUES ($1, array_fill($2::timestamptz, ARRAY[$3::int]), $2)"
            " ON CONFLICT (scope) DO UPDATE SET times = excluded.times",
            scope, member.clock(), times,
        )  # fmt: skip


async def test_a_family_an_office_and_a_carrier_order_one_after_another(member: Member) -> None:
    """What is much for codes to telephones is not much for a shop that sells."""
    for number in range(5):
        assert await refused(member, device_id=f"d{number}") == "", "one telephone, five orders in a minute"
    for number in range(25):
        told = {"device_id": f"e{number}", "phone": f"09123{number:02}999"}
        assert await refused(member, **told) == "", "one network, numbers beside each other"


async def test_guests_are_limited_in_windows_of_their_own_and_cost_nobody_a_code(member: Member) -> None:
    for number in range(5):
        assert await refused(member, device_id=f"d{number}") == ""
    assert await refused(member, device_id="d", client_address="198.51.100.9") == "GUEST_LIMITED", "the number"
    assert (await member.login(PHONE)).created_now, "a code may be had all the same"
    for number in range(10):
        other = {"phone": f"0922{number}65432", "client_address": f"192.0.{number}.1"}
        assert await refused(member, **other) == ""
    assert await refused(member, phone="0933000111", client_address="192.0.99.1") == "GUEST_LIMITED", "the device"


@pytest.mark.parametrize(
    ("kind", "value", "most"),
    [("network", attempts.network("203.0.113.99"), 200), ("prefix", "8869120", 100)],
    ids=["network", "prefix"],
)
async def test_no_network_and_no_run_of_numbers_floods_the_shop(
    member: Member, kind: str, value: str, most: int
) -> None:
    other = {"phone": "0987654321"} if kind == "prefix" else {"client_address": "198.51.100.1"}
    told = {"phone": "0912000111"}
    await was_there(member, kind, value, most - 1)
    assert await refused(member, **told) == ""
    assert await refused(member, device_id=str(uuid.uuid4()), **told) == "GUEST_LIMITED"
    assert await refused(member, **told | other) == "", "nobody else"


async def test_headquarters_keep_guests_until_what_they_ordered_has_reached_them(member: Member) -> None:
    """With the key goes the address of a parcel."""
    admin, stub = (await member.hq("admin")).access_token, privacy_rpc.PrivacyServiceStub(member.channel)
    rule = privacy_pb2.RetentionRule(subject="guests", keep_days=119, basis="shorter is better")
    asked = pb.PutRetentionRuleRequest(request_id="r1", rule=rule)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(stub.PutRetentionRule, asked, admin)
    assert refusal(error.value) == "RETENTION_FIXED"
    rule.keep_days = 120
    asked = pb.PutRetentionRuleRequest(request_id="r2", rule=rule)
    assert (await member.call(stub.PutRetentionRule, asked, admin)).rule.keep_days == 120
