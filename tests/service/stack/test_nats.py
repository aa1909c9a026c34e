"""The embedded NATS: every user may do its own, and nothing else."""

import asyncio

import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from cli.stack.databases import SERVICES
from cli.stack.nats import USERS, rights
from cli.stack.servers import Servers
from kit import streams
from tests.harness.shared import NatsCorner, connect

_REFUSED_VERBS = ("STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.DELETE")


async def _refusals(client: Client, subjects: list[str]) -> set[str]:
    """Publishes to each subject; the server names those that it refused, in order, and the last is always one."""
    refused: set[str] = set()
    last = asyncio.Event()

    async def on_error(error: Exception) -> None:
        refused.add(str(error).lower())
        if '"last"' in str(error).lower():
            last.set()

    client._error_cb = on_error
    for subject in [*subjects, "last"]:
        await client.publish(subject, b"")
    await asyncio.wait_for(last.wait(), 10)
    return {subject for subject in subjects if any(f'"{subject.lower()}"' in error for error in refused)}


@pytest.mark.parametrize("user", [user for user in USERS if user != "operator"])
async def test_a_user_publishes_its_own_events_only(nats: NatsCorner, user: str) -> None:
    client = await nats.connect(user)
    foreign = [f"omo.{other}.v1.Happened.00" for other in SERVICES if other != user]
    admin = [f"$JS.API.{verb}.OMO_{other.upper()}" for verb in _REFUSED_VERBS for other in SERVICES]
    others = [f"$JS.API.CONSUMER.MSG.NEXT.OMO_ORDER.{other}" for other in SERVICES if other != user]
    deletes = [f"$JS.API.CONSUMER.DELETE.OMO_ORDER.{other}" for other in SERVICES]
    tried = [*foreign, *admin, *others, *deletes, "$JS.API.STREAM.CREATE.LOOT", "$SYS.REQ.SERVER.PING"]
    refused = await _refusals(client, tried)
    allowed = await _refusals(client, [f"omo.{user}.v1.Happened.00"]) if user in SERVICES else set()
    await client.close()
    assert refused == set(tried)
    assert allowed == set()


def test_nobody_but_the_operator_may_do_everything() -> None:
    for user in set(USERS) - {"operator"}:
        granted = (*rights(user).publish, *rights(user).subscribe)
        assert not {">", "$JS.>", "$JS.API.>", "$JS.ACK.>", "_INBOX.>"} & set(granted)


async def test_a_service_keeps_its_stream_and_reads_others_through_its_own_durable(nats: NatsCorner) -> None:
    order, member = await nats.connect("order"), await nats.connect("member")
    await order.jetstream().add_stream(StreamConfig(name="OMO_ORDER", subjects=["omo.order.>"], max_bytes=1 << 30))
    await order.jetstream().publish("omo.order.v1.OrderConfirmed.03", b"fact", headers={"Nats-Msg-Id": "1"})
    reader = member.jetstream()
    await reader.add_consumer(
        "OMO_ORDER",
        ConsumerConfig(
            durable_name="member", ack_policy=AckPolicy.EXPLICIT, filter_subjects=["omo.order.v1.OrderConfirmed.*"]
        ),
    )
    pull = await reader.pull_subscribe_bind("member", "OMO_ORDER")
    (message,) = await pull.fetch(1, timeout=5)
    await message.ack_sync()
    left = await reader.consumer_info("OMO_ORDER", "member")
    await order.close()
    await member.close()
    assert message.data == b"fact"
    assert (left.num_pending, left.num_ack_pending) == (0, 0)


async def test_the_gateway_hears_events_as_they_pass(nats: NatsCorner) -> None:
    order, gateway = await nats.connect("order"), await nats.connect("gateway")
    heard = await gateway.subscribe("omo.order.>")
    await streams.settle(gateway)
    await order.publish("omo.order.v1.OrderConfirmed.03", b"fact")
    await order.flush()
    message = await heard.next_msg(timeout=5)
    await order.close()
    await gateway.close()
    assert message.data == b"fact"


async def test_without_a_key_nobody_enters(servers: Servers) -> None:
    client = Client()
    with pytest.raises(nats.errors.Error):
        await client.connect(servers.nats.url, allow_reconnect=False, connect_timeout=2)


async def test_a_key_of_one_account_sees_nothing_of_another(servers: Servers, nats: NatsCorner) -> None:
    main = await connect(servers, "operator")
    heard = await main.subscribe("omo.>")
    await streams.settle(main)
    order = await nats.connect("order")
    await order.publish("omo.order.v1.OrderConfirmed.03", b"fact")
    await order.flush()
    with pytest.raises(nats_timeout()):
        await heard.next_msg(timeout=0.2)
    await order.close()
    await main.close()


def nats_timeout() -> type[Exception]:
    return nats.errors.TimeoutError
