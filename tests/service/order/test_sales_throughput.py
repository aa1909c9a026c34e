"""How many baskets a second of processor time takes: printed, for machines differ; asserted is only that all arrive."""

import os
import time
from datetime import UTC, datetime

import grpc

from kit import access
from kit.access import Kind, Principal
from kit.settings import read
from omo.order.v1 import sales_service_pb2 as pb
from services.order.main import Order
from services.order.settings import Settings
from tests.harness.databases import Databases
from tests.service.order.sales_rig import KNOWN, MEMBER, STORE, TILL, frame, line, sale

_FRAMES, _SALES, _LINES = 20, 50, 10


async def test_the_lane_keeps_up_with_a_chain(databases: Databases) -> None:
    db = await databases.open("order", size=4)
    async with db.transaction() as tx:
        for statement in KNOWN:
            await tx.execute(statement)
        await tx.execute("INSERT INTO member_tiers VALUES ($1, 'basic', 1)", MEMBER)
    asked = [_frame(number).SerializeToString() for number in range(_FRAMES)]
    nowhere = grpc.aio.insecure_channel("127.0.0.1:1")  # nobody is asked
    settings = read(Settings, {"OMO_ENV": "test"})
    sales = Order(settings, db, lambda: datetime.now(UTC), nowhere, nowhere).counter.sales
    till = Principal(Kind.DEVICE, TILL, location_ids=(STORE,), terminal_id=TILL)
    answer = pb.RecordSalesResponse()
    busy, passed = time.process_time(), time.perf_counter()
    with access.acting_as(till):
        for raw in asked:
            answer = await sales.record(pb.RecordSalesRequest.FromString(raw))
    busy, passed = time.process_time() - busy, time.perf_counter() - passed
    await nowhere.close()
    baskets = _FRAMES * _SALES
    assert answer.answer.durable_ack == baskets
    print(
        f"\n{baskets} baskets of {_LINES} lines: {baskets / busy:,.0f} a second of this process's time, "
        f"{baskets / passed:,.0f} a second with Postgres on the same {os.cpu_count()} cores"
    )


def _frame(number: int) -> pb.RecordSalesRequest:
    """As shops send them: every third line is discounted, every fifth is more than one piece."""
    sales = [
        sale(
            *(
                line(n, ("COAT-CAMEL-M", "TEA")[n % 2], 3 if n % 5 == 0 else 1, 999, discounts=(50,) * (n % 3 == 0))
                for n in range(1, _LINES + 1)
            )
        )
        for _ in range(_SALES)
    ]
    return frame(*sales, first=1 + number * _SALES)
