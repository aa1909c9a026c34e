"""Persons in inventory: an id on a hold, and nothing else, so there is nothing to hand out or to forget."""

import json
from collections.abc import Sequence

from kit import outbox, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from omo.member.v1 import privacy_service_pb2 as pb
from omo.member.v1 import privacy_service_pb2_grpc as rpc
from services.inventory.privacy import wire

DELIVER = "privacy.deliver"
_PIECE = 512 * 1024
_SECONDS = 5.0


class Persons:
    """Asked by events, answered by events; only what a person takes along is delivered to member by a call."""

    def __init__(self, db: Database, clock: Clock, member: "rpc.PrivacyServiceAsyncStub") -> None:
        self._db = db
        self._clock = clock
        self._member = member

    async def ask(self, tx: Tx, erasure_id: str, asked: int) -> None:
        """An open hold belongs to a basket or an order; order speaks for those."""
        await outbox.append(tx, wire.answered(erasure_id, asked, [], self._clock()))

    async def scrub(self, tx: Tx, erasure_id: str) -> None:
        """The id means nobody now; it goes with its hold, at the latest after the days that ended holds are kept."""
        await outbox.append(tx, wire.receipt(erasure_id, 0, self._clock()))

    async def start(self, tx: Tx, export_id: str, member_ids: Sequence[str]) -> None:
        """Delivers as soon as member can be reached, and once more after a crash."""
        ids = json.dumps(list(member_ids)).encode()
        await timers.schedule(tx, DELIVER, export_id, self._clock(), ids)

    async def deliver(self, due: Due) -> None:
        """Hands everything over, piece by piece; a piece that member has already is no fault."""
        kept: dict[str, list[object]] = {"holds": []}
        data = json.dumps(kept, ensure_ascii=False, default=str).encode()
        pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
        for number, piece in enumerate(pieces):
            request = pb.DeliverExportPartRequest(
                export_id=due.key, service=wire.SERVICE, number=number, last=number == len(pieces) - 1, data=piece
            )
            await self._member.DeliverExportPart(request, timeout=_SECONDS)
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)
