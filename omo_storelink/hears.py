"""What a session tells those who embed it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink.ending import SessionOver


async def _nothing(*_: Any) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Hears:
    """Callbacks; each is awaited before the next message is read."""

    reference: Callable[[pb.Reference], Awaitable[None]] = _nothing
    tasks: Callable[[pb.TasksChanged], Awaitable[None]] = _nothing
    # the facts stay in the journal, noted: another content stands under their numbers
    conflict: Callable[[pb.Conflict], Awaitable[None]] = _nothing
    # one fact cannot be read: its lane waits for `Till.correct`
    refused: Callable[[pb.FrameRefused], Awaitable[None]] = _nothing
    welcome: Callable[[pb.Welcome], Awaitable[None]] = _nothing
    # (lane, sequence): the server asks for a fact that the journal no longer has
    lost: Callable[[int, int], Awaitable[None]] = _nothing
    # why a session ended; another follows
    over: Callable[[SessionOver], Awaitable[None]] = _nothing
