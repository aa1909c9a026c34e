"""A person's orders: what stands in the way of forgetting them, what is left of them, what he takes along."""

import json
from collections.abc import Sequence

from kit import outbox, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from omo.member.v1 import privacy_service_pb2 as pb
from omo.member.v1 import privacy_service_pb2_grpc as rpc
from omo.type.v1 import privacy_pb2
from services.order.invoices.seals import Seals
from services.order.privacy import store, wire

DELIVER = "privacy.deliver"
_PIECE = 512 * 1024
_SECONDS = 5.0
_OPEN = "OPEN_ORDER"


class Persons:
    """Asked by events, answered by events; only what a person takes along is delivered to member by a call."""

    def __init__(
        self, db: Database, clock: Clock, member: "rpc.PrivacyServiceAsyncStub", seals: Seals | None = None
    ) -> None:
        self._db = db
        self._clock = clock
        self._member = member
        self._seals = seals

    async def ask(self, tx: Tx, erasure_id: str, asked: int, member_ids: Sequence[str]) -> None:
        """Orders that have not ended stand in the way: goods would wait for nobody."""
        blockers = [
            privacy_pb2.ErasureBlocker(reason=_OPEN, count=1, amount=amount, subject_id=order_id)
            for order_id, amount in await store.open_orders(tx, member_ids)
        ]
        await outbox.append(tx, wire.answered(erasure_id, asked, blockers, self._clock()))

    async def scrub(self, tx: Tx, erasure_id: str, member_ids: Sequence[str]) -> None:
        """Leaves orders that tell of nobody, and says so."""
        rows = await store.scrub(tx, member_ids)
        await outbox.append(tx, wire.receipt(erasure_id, rows, self._clock()))

    async def start(self, tx: Tx, export_id: str, member_ids: Sequence[str]) -> None:
        """Delivers as soon as member can be reached, and once more after a crash."""
        ids = json.dumps(list(member_ids)).encode()
        await timers.schedule(tx, DELIVER, export_id, self._clock(), ids)

    async def deliver(self, due: Due) -> None:
        """Hands everything over, piece by piece; a piece that member has already is no fault."""
        async with self._db.read() as tx:
            kept = await store.everything(tx, json.loads(due.payload))
            sealed = await store.buyers(tx, json.loads(due.payload)) if self._seals else []
        buyers = dict.fromkeys(self._seals.open(one) for one in sealed) if self._seals else {}
        kept["invoice_buyers"] = [{"carrier": one.carrier, "tax_id": one.tax_id} for one in buyers]
        data = json.dumps(kept, ensure_ascii=False, default=str).encode()
        pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
        for number, piece in enumerate(pieces):
            request = pb.DeliverExportPartRequest(
                export_id=due.key, service=wire.SERVICE, number=number, last=number == len(pieces) - 1, data=piece
            )
            await self._member.DeliverExportPart(request, timeout=_SECONDS)
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)
