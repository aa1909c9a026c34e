"""Small real processes on kit: "order" tells an event when its timer falls due, "member" hears it.

They stand in for no service; they let the harness be tested by itself, quickly.
"""

from typing import Any

from kit import outbox
from kit.inbox import On
from kit.postgres import Tx
from kit.process import Process, main
from kit.settings import ProcessSettings
from kit.timers import Due, InTx
from omo.order.v1 import order_events_pb2 as events

KIND = "small.tell"


class Settings(ProcessSettings):
    """What the supervisor tells member or order and nobody else; small processes do not use it."""

    service_secrets: str = ""
    key_encryption_key: str = ""
    lookup_key: str = ""
    page_key: str = ""
    pin_key: str = ""
    simulator_url: str = ""
    simulator_secret: str = ""
    carrier_url: str = ""
    carrier_secret: str = ""
    einvoice_url: str = ""


async def _tell(tx: Tx, due: Due) -> None:
    event = events.OrderCancelled()
    event.meta.aggregate_id = due.key
    event.meta.sequence = 1
    await outbox.append(tx, event)


async def _hear(tx: Tx, event: Any) -> None:
    """The inbox row is effect enough."""


async def serve(settings: Settings) -> None:
    async with Process(settings.name, settings) as process:
        await process.database()
        await process.jetstream()
        await process.clock()
        process.relay()
        if settings.name == "order":
            process.timers({KIND: InTx(_tell)})
        else:
            process.consumer([On(events.OrderCancelled, _hear)])
        await process.run()


if __name__ == "__main__":
    main(serve, Settings)
