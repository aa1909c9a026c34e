"""A process that publishes one batch of an outbox: for tests that kill it in the middle."""

import asyncio
import json
import sys

from kit import faultpoints, outbox, streams
from kit.postgres import Database


async def main() -> None:
    told = json.loads(sys.stdin.read())
    faultpoints.arm(told["faults"])
    db = await Database.open(told["dsn"], 2)
    client = await streams.connect(told["url"], "inventory", told["seed"])
    await outbox.Relay(db, client.jetstream(), "OMO_INVENTORY").publish_once()


if __name__ == "__main__":
    asyncio.run(main())
