"""Store staff: signing in by code and PIN, and what ends it."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from kit import access
from kit.fields import timestamp
from omo.member.v1 import access_pb2, member_events_pb2
from omo.member.v1 import access_service_pb2 as pb
from tests.service.member.conftest import PIN, Member, refusal
from tests.service.member.events import events


async def reason(member: Member, device: str, staff_code: str = "A102", pin: str = "9517") -> str:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.sign_in(device, staff_code, pin)
    return refusal(error.value)


async def test_a_session_speaks_for_the_store_of_the_terminal(member: Member) -> None:
    terminal_id, _, device = await member.terminal("TXG01")
    await member.put_staff("A102", home_location_id="TPE01", location_ids=["TXG01", "TPE02"], roles=["adviser"])
    session = await member.sign_in(device)
    said = await member.principal(session.access_token)
    assert (said.kind, said.staff_code, said.terminal_id) == (access.Kind.STAFF, "A102", terminal_id)
    assert said.location_ids == ("TXG01",)
    assert said.roles == {"adviser"}


async def test_five_wrong_pins_lock_the_code_for_a_quarter_of_an_hour(member: Member) -> None:
    _, _, device = await member.terminal()
    await member.put_staff()
    assert [await reason(member, device) for _ in range(6)] == ["CREDENTIAL_INVALID"] * 5 + ["PIN_LOCKED"]
    assert await reason(member, device, pin=PIN) == "PIN_LOCKED"
    member.clock.advance(minutes=15)
    assert (await member.sign_in(device)).principal_id == "A102"


async def test_a_right_pin_begins_the_count_anew(member: Member) -> None:
    _, _, device = await member.terminal()
    await member.put_staff()
    for _ in range(3):
        for _ in range(4):
            assert await reason(member, device) == "CREDENTIAL_INVALID"
        await member.sign_in(device)


async def test_guesses_in_parallel_are_counted(member: Member) -> None:
    _, _, device = await member.terminal()
    await member.put_staff()
    guesses = [f"{9500 + number}" for number in range(20)]
    answers = await asyncio.gather(*(reason(member, device, pin=guess) for guess in guesses))
    assert answers.count("CREDENTIAL_INVALID") == 5
    assert answers.count("PIN_LOCKED") == 15


async def test_a_locked_code_says_how_long(member: Member) -> None:
    _, _, device = await member.terminal()
    await member.put_staff()
    for _ in range(5):
        await reason(member, device)
    member.clock.advance(minutes=5)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.sign_in(device)
    assert 595 <= int(member.fault(error.value).metadata["retry_after"]) <= 601


async def test_a_new_pin_ends_the_lock_and_every_session(member: Member) -> None:
    terminal_id, _, device = await member.terminal()
    await member.put_staff()
    session = await member.sign_in(device)
    for _ in range(5):
        await reason(member, device)
    await member.put_staff(pin="7531")
    assert await ended(member, session, terminal_id)
    assert (await member.sign_in(device, pin="7531")).principal_id == "A102"


async def test_a_terminal_of_another_store_can_neither_sign_in_nor_lock(member: Member) -> None:
    _, _, here = await member.terminal("TPE01")
    _, _, elsewhere = await member.terminal("TXG01")
    await member.put_staff()
    assert [await reason(member, elsewhere) for _ in range(8)] == ["CREDENTIAL_INVALID"] * 8
    assert await reason(member, elsewhere, pin=PIN) == "CREDENTIAL_INVALID"
    assert (await member.sign_in(here)).principal_id == "A102"


async def test_nobody_and_somebody_without_a_pin_look_the_same(member: Member) -> None:
    _, _, device = await member.terminal()
    await member.put_staff("A205", pin="")
    assert await reason(member, device, "A205") == await reason(member, device, "Z999") == "CREDENTIAL_INVALID"


@pytest.mark.parametrize("change", [{"active": False}, {"home_location_id": "TPE02"}, {"ended": True}])
async def test_whoever_leaves_the_store_cannot_refresh(member: Member, change: dict[str, Any]) -> None:
    terminal_id, _, device = await member.terminal()
    await member.put_staff()
    session = await member.sign_in(device)
    if change.pop("ended", False):
        change["end_time"] = timestamp(member.clock() + timedelta(hours=1))
    await member.put_staff(pin="", **change)
    member.clock.advance(hours=2)
    assert await ended(member, session, terminal_id)
    assert await reason(member, device, pin=PIN) == "CREDENTIAL_INVALID"


async def test_a_new_role_counts_from_the_next_refresh(member: Member) -> None:
    terminal_id, _, device = await member.terminal()
    await member.put_staff()
    session = await member.sign_in(device)
    await member.put_staff(pin="", roles=["manager"])
    request = pb.RefreshSessionRequest(refresh_token=session.refresh_token, device_id=terminal_id)
    fresh = (await member.call(member.access.RefreshSession, request)).session
    assert (await member.principal(fresh.access_token)).roles == {"manager"}


async def test_each_change_is_told_in_full_with_its_version(member: Member) -> None:
    await member.put_staff(roles=["adviser", "cashier"])
    await member.put_staff(pin="", active=False)
    told = await events(member.db, member_events_pb2.StaffChanged)
    assert [(one.meta.sequence, one.staff.version, one.staff.active) for one in told] == [(1, 1, True), (2, 2, False)]
    assert told[0].staff.roles == ["adviser", "cashier"]
    assert told[0].meta.actor.id == "operator"
    assert PIN not in str(told)


async def test_a_repeated_request_changes_nothing_and_another_body_is_refused(member: Member) -> None:
    token, request_id = await member.service("operator"), str(uuid.uuid4())
    staff = access_pb2.Staff(
        staff_code="A102", display_name="林佳怡", home_location_id="TPE01", roles=["adviser"], active=True
    )
    request = pb.PutStaffRequest(request_id=request_id, staff=staff, pin=PIN)
    first = await member.call(member.access.PutStaff, request, token)
    assert await member.call(member.access.PutStaff, request, token) == first
    request.pin = "7531"
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(member.access.PutStaff, request, token)
    assert refusal(error.value) == "REQUEST_REUSED"


async def test_a_pin_leaves_no_bare_hash_behind(member: Member) -> None:
    """Ten thousand PINs are tried in no time: neither the PIN table nor the remembered request may allow that."""
    await member.put_staff(pin=PIN)
    async with member.db.read() as tx:
        kept = await tx.fetchval("SELECT pin_hash FROM staff_pins")
        fingerprints = [row[0] for row in await tx.fetch("SELECT fingerprint FROM requests WHERE rpc = 'PutStaff'")]
    assert kept.startswith("$argon2id$")
    staff = access_pb2.Staff(
        staff_code="A102", display_name="林佳怡", home_location_id="TPE01", roles=["adviser"], active=True
    )
    bare = pb.PutStaffRequest(staff=staff, pin=PIN).SerializeToString(deterministic=True)
    assert fingerprints
    assert member.sha256(bare) not in fingerprints


async def test_staff_are_listed_in_pages(member: Member) -> None:
    for number in range(5):
        await member.put_staff(f"A{number}", pin="", home_location_id="TPE01" if number % 2 else "TXG01")
    hq = (await member.hq("analyst")).access_token
    seen, token = [], ""
    while True:
        request = pb.ListStaffRequest(page_size=2, page_token=token)
        page = await member.call(member.access.ListStaff, request, hq)
        seen += [one.staff_code for one in page.staff]
        token = page.next_page_token
        if not token:
            break
    assert seen == ["A0", "A1", "A2", "A3", "A4"]
    of_store = await member.call(member.access.ListStaff, pb.ListStaffRequest(location_id="TPE01"), hq)
    assert [one.staff_code for one in of_store.staff] == ["A1", "A3"]


async def test_a_manager_sees_the_staff_of_his_own_store_only(member: Member) -> None:
    _, _, device = await member.terminal("TPE01")
    await member.put_staff("M1", roles=["manager"])
    await member.put_staff("A205", pin="", home_location_id="TXG01")
    token = (await member.sign_in(device, "M1")).access_token
    mine = await member.call(member.access.ListStaff, pb.ListStaffRequest(), token)
    assert [one.staff_code for one in mine.staff] == ["M1"]
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(member.access.ListStaff, pb.ListStaffRequest(location_id="TXG01"), token)
    assert refusal(error.value) == "NOT_FOUND"


async def ended(member: Member, session: access_pb2.Session, terminal_id: str) -> bool:
    request = pb.RefreshSessionRequest(refresh_token=session.refresh_token, device_id=terminal_id)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(member.access.RefreshSession, request)
    return refusal(error.value) == "REFRESH_INVALID"
