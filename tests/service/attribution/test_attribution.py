"""Credits, bindings and the panorama, from the events and calls that make them."""

import itertools
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from kit.rpc import faults
from omo.attribution.v1 import attribution_pb2
from omo.attribution.v1 import attribution_service_pb2 as pb
from services.attribution.permissions import PERMISSIONS
from tests.service.attribution.conftest import START, Rig, cancelled, confirmed, enrolled, merged, sold, staff_changed

STAFF: dict[str, Any] = {"audience": "staff", "sub": "A102", "staff_code": "A102", "roles": ["adviser"]}
HQ: dict[str, Any] = {"audience": "hq", "sub": "u1", "roles": ["admin"]}
COATS, TROUSERS = str(uuid.uuid4()), str(uuid.uuid4())


def member() -> str:
    return str(uuid.uuid4())


async def credits_of(rig: Rig, order_id: str) -> list[tuple[str, int, int]]:
    reply = await rig.call(rig.credits.ListCredits, pb.ListCreditsRequest(order_id=order_id), **HQ)
    return [(credit.beneficiary, credit.basis, credit.amount) for credit in reply.credits]


async def net(rig: Rig, order_id: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for beneficiary, _, amount in await credits_of(rig, order_id):
        sums[beneficiary] = sums.get(beneficiary, 0) + amount
    return {beneficiary: amount for beneficiary, amount in sums.items() if amount}


async def cells(rig: Rig) -> list[tuple[str, int, str, int, int, int, int, int]]:
    request = pb.GetPanoramaRequest()
    request.start_time.FromDatetime(START - timedelta(days=30))
    request.end_time.FromDatetime(START + timedelta(days=30))
    reply = await rig.call(rig.panorama.GetPanorama, request, **HQ)
    return [
        (
            cell.location_id,
            cell.channel_kind,
            cell.week,
            cell.orders,
            cell.units,
            cell.revenue,
            cell.driven_online_orders,
            cell.driven_online_revenue,
        )
        for cell in reply.cells
        if any((cell.orders, cell.units, cell.revenue, cell.driven_online_orders, cell.driven_online_revenue))
    ]


def at_sign(refused: pytest.ExceptionInfo[grpc.aio.AioRpcError]) -> str:
    return faults.from_rpc(refused.value, "").reason


async def bind(rig: Rig, member_id: str, token: str, **claims: Any) -> Any:
    request = pb.BindMemberRequest(request_id=str(uuid.uuid4()), member_id=member_id, token=token)
    return (await rig.call(rig.bindings.BindMember, request, **claims)).binding


async def token_of(rig: Rig, staff: dict[str, Any] = STAFF, purpose: str = "qr") -> str:
    request = pb.CreateStaffTokenRequest(purpose=purpose)
    return str((await rig.call(rig.bindings.CreateStaffToken, request, **staff)).token)


async def test_a_store_sale_credits_who_the_till_names(rig: Rig) -> None:
    await rig.hear(sold(COATS, member(), "A102"))
    assert await credits_of(rig, COATS) == [("A102", attribution_pb2.CREDIT_BASIS_EXPLICIT_STAFF, 27000)]
    assert await cells(rig) == [("TPE01", 2, "2026-W45", 1, 3, 27000, 0, 0)]
    await rig.proved()


async def test_a_bound_members_online_order_credits_the_staff_member_and_counts_for_the_store(rig: Rig) -> None:
    shopper = member()
    await rig.hear(staff_changed("A102"))
    await bind(rig, shopper, await token_of(rig), audience="shop", sub=shopper)
    rig.clock.advance(days=1)
    await rig.hear(confirmed(TROUSERS, shopper, rig.clock()))
    assert await credits_of(rig, TROUSERS) == [("A102", attribution_pb2.CREDIT_BASIS_ACTIVE_BINDING, 2480)]
    assert await cells(rig) == [
        ("", 1, "2026-W45", 1, 1, 2480, 0, 0),
        ("TPE01", 1, "2026-W45", 0, 0, 0, 1, 2480),
    ]
    await rig.proved()


async def test_an_event_heard_again_under_another_id_changes_nothing(rig: Rig) -> None:
    shopper = member()
    await rig.hear(sold(COATS, shopper, "A102"), confirmed(TROUSERS, shopper))
    before = await credits_of(rig, COATS), await credits_of(rig, TROUSERS), await cells(rig)
    await rig.hear(sold(COATS, shopper, "A102"), confirmed(TROUSERS, shopper))
    assert (await credits_of(rig, COATS), await credits_of(rig, TROUSERS), await cells(rig)) == before
    await rig.proved()


async def test_every_order_of_arrival_ends_the_same(rig: Rig) -> None:
    ends = []
    for order in itertools.permutations(range(4)):
        shopper, online, undone = member(), str(uuid.uuid4()), str(uuid.uuid4())
        events = [
            enrolled(shopper, "A102", START - timedelta(days=1)),
            confirmed(online, shopper),
            confirmed(undone, shopper),
            cancelled(undone),
        ]
        for index in order:
            await rig.hear(events[index])
        ends.append((await net(rig, online), await net(rig, undone)))
    assert ends == [({"A102": 2480}, {})] * 24
    assert [cell[3:] for cell in await cells(rig)] == [(24, 24, 24 * 2480, 0, 0), (0, 0, 0, 24, 24 * 2480)]
    await rig.proved()


async def test_what_an_absorbed_id_bought_is_the_members(rig: Rig) -> None:
    ends = []
    for order in itertools.permutations(range(3)):
        till_made, shopper, online = member(), member(), str(uuid.uuid4())
        events = [merged(till_made, shopper), enrolled(shopper, "A102", START), confirmed(online, till_made)]
        for index in order:
            await rig.hear(events[index])
        ends.append(await net(rig, online))
    assert ends == [{"A102": 2480}] * 6
    await rig.proved()


async def test_the_explanation_names_every_step(rig: Rig) -> None:
    shopper = member()
    await rig.hear(enrolled(shopper, "A102", START - timedelta(days=3)), confirmed(TROUSERS, shopper))
    reply = await rig.call(rig.credits.ExplainLine, pb.ExplainLineRequest(order_id=TROUSERS, line_no=1), **STAFF)
    assert [step.taken for step in reply.steps] == [False, False, False, True, False, False, True]
    assert reply.steps[3].because == "A102 enrolled the member on 2026-10-31"
    assert [credit.beneficiary for credit in reply.credits] == ["A102"]


async def test_a_line_that_never_was_cannot_be_explained(rig: Rig) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rig.call(rig.credits.ExplainLine, pb.ExplainLineRequest(order_id=TROUSERS, line_no=1), **HQ)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_protected_binding_stands(rig: Rig) -> None:
    shopper = member()
    await rig.hear(staff_changed("A102"), staff_changed("A205"))
    await bind(rig, shopper, await token_of(rig), audience="shop", sub=shopper)
    other = await token_of(rig, {**STAFF, "sub": "A205", "staff_code": "A205"})
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bind(rig, shopper, other, audience="shop", sub=shopper)
    assert at_sign(refused) == "BINDING_PROTECTED"
    rig.clock.advance(days=91)
    assert (await bind(rig, shopper, other, audience="shop", sub=shopper)).staff_code == "A205"


async def test_only_active_staff_have_codes(rig: Rig) -> None:
    await rig.hear(staff_changed("A102", active=False))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await token_of(rig)
    assert at_sign(refused) == "STAFF_UNKNOWN"


async def test_a_forged_code_binds_nobody(rig: Rig) -> None:
    shopper = member()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bind(rig, shopper, "e30.e30.e30", audience="shop", sub=shopper)
    assert at_sign(refused) == "BINDING_TOKEN_INVALID"


async def test_nobody_binds_or_sees_another_member(rig: Rig) -> None:
    await rig.hear(staff_changed("A102"))
    token, shopper = await token_of(rig), member()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bind(rig, shopper, token, audience="shop", sub=member())
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    request = pb.GetBindingRequest(member_id=shopper)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rig.call(rig.bindings.GetBinding, request, audience="shop", sub=member())
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_staff_see_their_own_credits_in_pages(rig: Rig) -> None:
    shopper = member()
    orders = [str(uuid.uuid4()) for _ in range(3)]
    await rig.hear(*(sold(order, shopper, "A102", START + timedelta(minutes=i)) for i, order in enumerate(orders)))
    await rig.hear(sold(str(uuid.uuid4()), shopper, "A205"))
    page = await rig.call(rig.credits.ListCredits, pb.ListCreditsRequest(page_size=2, beneficiary="A205"), **STAFF)
    rest = pb.ListCreditsRequest(page_size=2, page_token=page.next_page_token)
    last = await rig.call(rig.credits.ListCredits, rest, **STAFF)
    assert [credit.unit.order_id for credit in (*page.credits, *last.credits)] == orders[::-1]


async def test_the_checker_notices_a_credit_that_nobody_earned(rig: Rig) -> None:
    await rig.hear(sold(COATS, member(), "A102"))
    async with rig.db.transaction() as tx:
        await tx.execute("UPDATE credits SET amount = amount + 1, base_amount = base_amount + 1")
        await tx.execute("UPDATE panorama_days SET revenue = revenue - 1")
    assert [drift.partition("=")[0] for drift in await rig.drifts()] == ["order", "channel_kind"]


@pytest.mark.parametrize("method", sorted(PERMISSIONS))
async def test_nobody_gets_in_without_a_token(rig: Rig, method: str) -> None:
    call = rig.channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(b"", timeout=15)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
