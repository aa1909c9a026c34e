"""The door's ear at the broker: who came before it listened has missed nothing."""

import asyncio

from gateway.storelink.announcements import Announcements
from gateway.storelink.broker import Broker
from tests.harness.shared import NatsCorner


async def test_a_till_that_came_before_the_door_listened_looks_again(nats: NatsCorner) -> None:
    announcements = Announcements()
    # no terminal is revoked here, so there need be no door
    broker = Broker(lambda: nats.connect("gateway"), (), announcements, None)  # type: ignore[arg-type]
    with announcements.at("TPE01") as changes:
        await changes.next()  # as whoever was just welcomed; what is announced now reaches nobody
        listening = asyncio.create_task(broker.run())
        try:
            async with asyncio.timeout(20):
                assert await changes.next() == 0
        finally:
            broker.stop()
            await listening
