"""A relay that publishes every event three times under ids of their own, in any order within fifty (F6)."""

import dataclasses
import random
from collections.abc import Sequence

from kit.ids import uuid7
from kit.publisher import Outgoing, Publisher, PublishFailed
from tests.faults.bent import running

_WINDOW = 50
_publish = Publisher.publish


async def _thrice(self: Publisher, messages: Sequence[Outgoing]) -> list[PublishFailed | None]:
    """One outcome for each event: the first failure among its copies."""
    order = [number for number in range(len(messages)) for _ in range(3)]
    for start in range(0, len(order), 3 * _WINDOW):
        window = order[start : start + 3 * _WINDOW]
        random.shuffle(window)
        order[start : start + 3 * _WINDOW] = window
    outcomes = await _publish(self, [_another(messages[number]) for number in order])
    failed = {number: outcome for number, outcome in zip(order, outcomes, strict=True) if outcome}
    return [failed.get(number) for number in range(len(messages))]


def _another(message: Outgoing) -> Outgoing:
    return dataclasses.replace(message, headers={**message.headers, "Nats-Msg-Id": uuid7()})


def bend() -> None:
    Publisher.publish = _thrice  # type: ignore[method-assign]  # that is the bend


if __name__ == "__main__":
    bend()
    running.run()
