"""What reaches a till unasked beside reference data: calls to its tasks, and the end of its session."""

from collections.abc import AsyncIterator

import pytest_asyncio

from omo.member.v1 import access_pb2
from omo.member.v1.member_events_pb2 import StaffChanged, TerminalChanged
from omo.order.v1 import order_pb2
from omo.order.v1.order_events_pb2 import FulfilmentChanged
from omo.storelink.v1 import storelink_service_pb2 as pb
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.storelink.masters import make_streams, product, publish
from tests.service.storelink.rig import Rig, open_rig


@pytest_asyncio.fixture
async def rig(databases: Databases, valkey: ValkeyCorner, nats: NatsCorner) -> AsyncIterator[Rig]:
    """A door that hears the broker."""
    await make_streams(nats)
    async with open_rig(databases, valkey.client, nats) as opened:
        opened.data.products = [product(f"S{number}") for number in range(5)]
        opened.data.staff = [access_pb2.Staff(staff_code="A102")]
        yield opened


async def test_a_store_is_called_to_its_tasks_at_welcome_and_at_each_change(rig: Rig, nats: NatsCorner) -> None:
    stream, other = rig.stream("t1", "TPE01"), rig.stream("t2", "TPE02")
    await stream.hello()
    await other.hello()
    assert (await stream.hear("tasks_changed")).tasks_changed == pb.TasksChanged(location_id="TPE01", version=0)
    assert (await other.hear("tasks_changed")).tasks_changed.version == 0
    for version in (4, 5):
        changed = order_pb2.Fulfilment(fulfilment_id="f1", location_id="TPE01", version=version)
        await publish(nats, FulfilmentChanged(fulfilment=changed))
    elsewhere = order_pb2.Fulfilment(fulfilment_id="f2", location_id="TPE02", version=9)
    await publish(nats, FulfilmentChanged(fulfilment=elsewhere))
    while (called := (await stream.hear("tasks_changed")).tasks_changed).version < 5:
        pass
    assert called == pb.TasksChanged(location_id="TPE01", version=5)
    assert (await other.hear("tasks_changed")).tasks_changed == pb.TasksChanged(location_id="TPE02", version=9)


async def test_a_revocation_announced_ends_the_session_at_once(rig: Rig, nats: NatsCorner) -> None:
    stream = rig.stream("t1")
    await stream.hello()
    await publish(nats, StaffChanged(staff=access_pb2.Staff(staff_code="A102")))
    revoked = access_pb2.Terminal(terminal_id="t1", location_id="TPE01", active=False)
    await publish(nats, TerminalChanged(terminal=revoked))
    assert (await stream.end(within=5))[1] == "headquarters revoked this terminal"
