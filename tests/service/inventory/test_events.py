"""Order's news through a real stream, and the proofs that the service gives of itself."""

import asyncio
import itertools
from typing import Any

from kit import access, streams
from kit.consumer import Consumer
from kit.rpc.client import connect
from kit.rpc.server import Server
from kit.settings import read
from kit.tokens import TokenVerifier
from omo.audit.v1 import audit_service_pb2 as pb
from omo.audit.v1 import audit_service_pb2_grpc as rpc
from services.inventory import main
from services.inventory.permissions import PERMISSIONS
from services.inventory.settings import Settings
from tests.harness.shared import NatsCorner
from tests.service.inventory import news
from tests.service.inventory.conftest import OPERATOR, ORDER, Inventory, new
from tests.service.kit.rig import eventually


async def test_news_of_all_kinds_arrive_and_everything_adds_up(inventory: Inventory, nats: NatsCorner) -> None:
    await inventory.stocked({("COAT", "TPE01"): 9})
    order_id, open_id = new(), new()
    for one in (order_id, open_id):
        await inventory.hold([("COAT", 2)], ORDER, request_id=one, order_id=one)
    heard: list[Any] = [
        news.handed_over(order_id, ("COAT", 1)),
        news.recorded(news.sale("s1", ("COAT", 3))),
        news.confirmed(order_id, ("COAT", 2)),
        news.cancelled(new(), was_confirmed=False),
    ]
    await streams.ensure_stream(nats.jetstream, streams.stream_name("order"))
    connection = await nats.connect("inventory")
    consumer = Consumer(inventory.db, connection.jetstream(), "inventory", inventory.ground.reactions.handlers())
    for event in itertools.chain(heard, heard):  # each twice, with one id: the inbox takes it once
        event.meta.event_id = event.meta.event_id or new()
        where = streams.subject(event.DESCRIPTOR.full_name, event.meta.aggregate_id)
        await nats.jetstream.publish(where, event.SerializeToString())
    listening = asyncio.create_task(consumer.run())

    async def settled() -> bool:
        return (await inventory.level("COAT")).on_hand == 5 and await consumer.pending() == 0

    await eventually(settled)
    level = await inventory.level("COAT")
    assert (level.on_hand, level.committed, level.held, level.available) == (5, 1, 2, 2)
    await _proves(inventory, consumer, open_id)
    consumer.stop()
    await listening
    await connection.close()


async def _proves(inventory: Inventory, consumer: Consumer, open_id: str) -> None:
    settings = read(Settings, {"OMO_ENV": "test"})
    server = Server("inventory", settings, TokenVerifier(inventory.issuer.jwks, settings.issuer), PERMISSIONS)
    main.open_audit(inventory.ground, server, consumer)
    channel = connect(await server.start())
    audit = rpc.AuditServiceStub(channel)
    proof = await inventory.call(audit.Prove, pb.ProveRequest(), OPERATOR)
    assert [check.name for check in proof.checks if check.drifts] == []
    assert {check.name: check.examined for check in proof.checks}["stock.on_hand_equals_movements"] == 1
    assert list((await inventory.call(audit.ListOpen, pb.ListOpenRequest(), OPERATOR)).ids) == [open_id]
    await inventory.hold([("COAT", 1)], ttl_seconds=60)
    inventory.clock.advance(seconds=60)
    backlog = await inventory.call(audit.GetBacklog, pb.GetBacklogRequest(), OPERATOR)
    # the cart that waits for the sweep, and the two goods whose shelves have changed
    assert backlog.due_timers == 3
    async with inventory.db.transaction() as tx:
        await tx.execute("UPDATE stock_levels SET on_hand = on_hand + 1, held = held + 1, committed = committed + 1")
    proof = await inventory.call(audit.Prove, pb.ProveRequest(), OPERATOR)
    broken = {check.name for check in proof.checks if check.drifts}
    assert broken >= {
        "stock.on_hand_equals_movements",
        "stock.held_equals_active_lines",
        "stock.committed_equals_allocations",
    }
    assert access.current().kind is access.Kind.ANONYMOUS
    await channel.close()
    await server.stop(grace=1)
