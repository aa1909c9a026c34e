"""What somebody looked at before he signed in: his when he agrees, forgotten otherwise."""

import uuid

import grpc
import pytest
import pytest_asyncio

from kit import fields
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import visits_service_pb2 as pb
from services.member.privacy import consents
from services.member.privacy.domain import Choice, Purpose, Said
from tests.service.member import sign_in_rig
from tests.service.member.conftest import Member, refusal
from tests.service.member.sign_in_rig import Rig

BROWSER = "0199a5c0-7c1e-7d2a-9f35-browser"


@pytest_asyncio.fixture
async def rig(member: Member) -> Rig:
    return sign_in_rig.rig(member)


async def look(rig: Rig, *skus: str, consent: bool = True, days_ago: float = 0.0, anonymous_id: str = BROWSER) -> int:
    at = rig.member.clock().timestamp() - days_ago * 86_400
    visits = [pb.Visit(visit_id=str(uuid.uuid4()), kind=pb.VISIT_KIND_VIEWED, sku=sku) for sku in skus]
    for one in visits:
        one.business_time.FromNanoseconds(int(at * 1e9))
    request = pb.RecordVisitsRequest(anonymous_id=anonymous_id, source="web", consent=consent, visits=visits)
    return int((await rig.call(rig.visits.RecordVisits, request)).kept)


async def sign_in(rig: Rig, phone: str = "0912345678", device: str = "phone 1", *, join: bool = True) -> str:
    rig.member.clock.advance(minutes=2)
    asked = await rig.member.request_otp(phone, device)
    request = identity_pb.VerifyOtpRequest(
        challenge_id=asked.challenge_id, code=rig.member.sent[-1].code, device_id=device, source="web",
        anonymous_id=BROWSER, join_history=join,
    )  # fmt: skip
    return str((await rig.call(rig.member.identity.VerifyOtp, request)).member.member_id)


async def history(rig: Rig, member_id: str) -> list[str]:
    rows = await rig.member.db.pool.fetch(
        "SELECT subject_id FROM timeline_records WHERE member_id = $1 AND kind = 'BROWSING' ORDER BY 1", member_id
    )
    return [row["subject_id"] for row in rows]


async def test_looks_of_the_last_weeks_become_his_who_signs_in(rig: Rig) -> None:
    assert await look(rig, "SHIRT", days_ago=29) == 1
    assert await look(rig, "TOO-OLD", days_ago=31) == 0
    await look(rig, "COAT")
    member_id = await sign_in(rig)
    assert await history(rig, member_id) == ["COAT", "SHIRT"]
    async with rig.member.db.read() as tx:
        assert await consents.allowed(tx, member_id, "BROWSING")
    assert await rig.member.db.pool.fetchval("SELECT count(*) FROM anonymous_visits") == 0


async def test_what_nobody_agreed_to_is_forgotten(rig: Rig) -> None:
    await look(rig, "COAT")
    assert await look(rig, "SHIRT", consent=False) == 0  # he takes it back: nothing is left
    assert await history(rig, await sign_in(rig)) == []
    await look(rig, "HAT")
    assert await history(rig, await sign_in(rig, join=False)) == []
    assert await rig.member.db.pool.fetchval("SELECT count(*) FROM anonymous_visits") == 0


async def test_who_refused_stays_refused(rig: Rig) -> None:
    member_id = await sign_in(rig)
    async with rig.member.db.transaction() as tx:
        said = [Said(Purpose.BROWSING, "", Choice.REFUSED)]
        await consents.record(tx, member_id, said, "app", "1", rig.member.clock())
    await look(rig, "COAT")
    assert await history(rig, await sign_in(rig)) == []


async def test_a_browser_that_is_anothers_makes_nobodys_looks_his(rig: Rig) -> None:
    """The tablet in the shop."""
    first = await sign_in(rig)
    await look(rig, "COAT")
    second = await sign_in(rig, "0987654321", "phone 2")
    assert first != second
    assert await history(rig, second) == []
    assert await history(rig, first) == []


async def test_the_same_look_told_again_is_the_same(rig: Rig) -> None:
    one = pb.Visit(visit_id=str(uuid.uuid4()), kind=pb.VISIT_KIND_CARTED, sku="COAT")
    one.business_time.CopyFrom(fields.timestamp(rig.member.clock()))
    request = pb.RecordVisitsRequest(anonymous_id=BROWSER, source="web", consent=True, visits=[one])
    assert [(await rig.call(rig.visits.RecordVisits, request)).kept for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("anonymous_id", ["", "short", "0000000000000000", "anonymous"])
async def test_an_id_that_anybody_could_have_is_refused(rig: Rig, anonymous_id: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await look(rig, "COAT", anonymous_id=anonymous_id)
    assert refusal(error.value) == "FIELD_INVALID"
