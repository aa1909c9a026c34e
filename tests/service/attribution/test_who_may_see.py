"""Who may see credits: advisers their own, managers those of their stores and staff, headquarters all."""

import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.order.v1 import order_facts_pb2
from omo.type.v1 import unit_pb2
from tests.service.attribution.conftest import START, Rig, confirmed, enrolled, sold, staff_changed
from tests.service.attribution.test_attribution import HQ, STAFF, TROUSERS, at_sign, member

OTHER: dict[str, Any] = {**STAFF, "sub": "A205", "staff_code": "A205"}
MANAGER: dict[str, Any] = {**OTHER, "sub": "M001", "staff_code": "M001", "roles": ["manager"], "locations": ["TPE01"]}
ELSEWHERE: dict[str, Any] = {**MANAGER, "sub": "M002", "staff_code": "M002", "locations": ["TXG01"]}


@pytest.mark.parametrize(
    ("who", "seen"), [(STAFF, True), (OTHER, False), (MANAGER, True), (ELSEWHERE, False), (HQ, True)]
)
async def test_advisers_see_no_colleagues_credit(rig: Rig, who: dict[str, Any], seen: bool) -> None:
    shopper = member()
    await rig.hear(enrolled(shopper, "A102", START - timedelta(days=3)), confirmed(TROUSERS, shopper))
    unit = unit_pb2.UnitRef(order_id=TROUSERS, line_no=1)
    described = await rig.call(rig.credits.DescribeUnits, pb.DescribeUnitsRequest(units=[unit]), **who)
    assert bool(described.units[0].credits) is seen
    explain = rig.call(rig.credits.ExplainLine, pb.ExplainLineRequest(order_id=TROUSERS, line_no=1), **who)
    if seen:
        assert {credit.beneficiary for credit in (await explain).credits} == {"A102"}
    else:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await explain
        assert at_sign(refused) == "NOT_FOUND"


def fulfilled_in(location_id: str) -> dict[str, Any]:
    line = order_facts_pb2.LineFacts(
        line_no=1, sku="TROUSERS-NAVY-32", quantity=1, net_total=2480, fulfilment_location_id=location_id
    )
    return {"lines": [line]}


async def listed(rig: Rig, order_id: str, who: dict[str, Any]) -> list[str]:
    reply = await rig.call(rig.credits.ListCredits, pb.ListCreditsRequest(order_id=order_id), **who)
    return [credit.beneficiary for credit in reply.credits]


async def test_managers_see_the_orders_of_their_stores_and_the_credit_of_their_staff(rig: Rig) -> None:
    served, walked_in = member(), member()
    online, in_store, shipped = TROUSERS, str(uuid.uuid4()), str(uuid.uuid4())
    await rig.hear(enrolled(served, "A102", START - timedelta(days=3)), staff_changed("A102"))
    await rig.hear(confirmed(online, served, **fulfilled_in("TXG01")), sold(in_store, walked_in))
    await rig.hear(confirmed(shipped, walked_in, **fulfilled_in("WH1")))
    # the online order of A102's member is collected in TXG01: both stores have to do with it
    assert await listed(rig, online, MANAGER) == ["A102"]
    assert await listed(rig, online, ELSEWHERE) == ["A102"]
    assert await listed(rig, in_store, MANAGER) == ["TPE01"]
    assert await listed(rig, in_store, ELSEWHERE) == []
    assert await listed(rig, shipped, MANAGER) == [] == await listed(rig, shipped, ELSEWHERE)
    assert await listed(rig, shipped, HQ) == ["WH1"]
    units = [unit_pb2.UnitRef(order_id=order_id, line_no=1) for order_id in (in_store, shipped)]
    described = await rig.call(rig.credits.DescribeUnits, pb.DescribeUnitsRequest(units=units), **MANAGER)
    assert [len(unit.credits) for unit in described.units] == [1, 0]
    for who, order_id in ((ELSEWHERE, in_store), (MANAGER, shipped)):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await rig.call(rig.credits.ExplainLine, pb.ExplainLineRequest(order_id=order_id, line_no=1), **who)
        assert at_sign(refused) == "NOT_FOUND"
