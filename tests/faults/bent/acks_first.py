"""A consumer that acknowledges before it commits: what it loses in between, nobody sends again."""

from collections.abc import Sequence

from kit import deliveries
from kit.consumer import Consumer
from kit.nats_client import Msg
from tests.faults.bent import running

_handle = Consumer._handle


async def _acknowledged_first(self: Consumer, stream: str, messages: Sequence[Msg]) -> None:
    for message in messages:
        await deliveries.answer(message.ack_sync())
    await _handle(self, stream, messages)


def bend() -> None:
    Consumer._handle = _acknowledged_first  # type: ignore[method-assign]


if __name__ == "__main__":
    bend()
    running.run()
