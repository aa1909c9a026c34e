"""What a test may do at the broker as its operator: hurry redeliveries, publish events again, wipe the store."""

import shutil

from nats.js import JetStreamContext

from cli.fleet.quiet import Watch
from tests.harness.fleet import TestFleet


async def hurry(fleet: TestFleet, ack_wait: float) -> None:
    """How long the broker waits for the acknowledgement of whoever was killed: half a minute, unless hurried."""
    watch = await Watch.open(fleet.fleet.plan.backing, [], fleet.clock)
    try:
        jetstream = watch.jetstream()
        for stream in await jetstream.streams_info():
            await _hurry(jetstream, stream.config.name or "", ack_wait)
    finally:
        await watch.close()


async def _hurry(jetstream: JetStreamContext, stream: str, ack_wait: float) -> None:
    for consumer in await jetstream.consumers_info(stream):
        config = consumer.config
        if config.durable_name and config.ack_wait != ack_wait:
            await jetstream.add_consumer(stream, config.evolve(ack_wait=ack_wait))


async def wipe(fleet: TestFleet) -> None:
    """The broker dies and its disk with it."""
    await fleet.kill_nats()
    shutil.rmtree(fleet.servers.nats.data)
    await fleet.start_nats()
