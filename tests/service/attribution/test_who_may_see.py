"""Who may see credits: advisers their own, managers and headquarters all."""

from datetime import timedelta
from typing import Any

import grpc
import pytest

from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.type.v1 import unit_pb2
from tests.service.attribution.conftest import START, Rig, confirmed, enrolled
from tests.service.attribution.test_attribution import HQ, STAFF, TROUSERS, at_sign, member

OTHER: dict[str, Any] = {**STAFF, "sub": "A205", "staff_code": "A205"}
MANAGER: dict[str, Any] = {**OTHER, "sub": "M001", "staff_code": "M001", "roles": ["manager"]}


@pytest.mark.parametrize(("who", "seen"), [(STAFF, True), (OTHER, False), (MANAGER, True), (HQ, True)])
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
