"""A store asks for what its shelf lacks: kept first, then asked of inventory until it answers, then carried out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kit import access, faultpoints, fields, requests, timers
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.ids import uuid7
from kit.leases import LEASE
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.order.v1 import transfer_service_pb2 as pb
from services.order.fulfilment import domain as tasks
from services.order.fulfilment import pursuing, store, store_reads, store_sourced, wire_sourced
from services.order.fulfilment import wire as task_wire
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.legs import domain_transfers as transfers
from services.order.legs import store as ways
from services.order.legs import store_transfers, wire, wire_transfers
from services.order.legs.domain_transfers import Answer, State, Transfer
from services.order.legs.settling import Settling

if TYPE_CHECKING:  # it exists for the type checker only
    from omo.inventory.v1.sourcing_service_pb2_grpc import SourcingServiceAsyncStub

ASK = "transfers.ask"
_SECONDS = 2.0
# what inventory says where it will never say anything else
_NO = (Code.FAILED_PRECONDITION, Code.NOT_FOUND, Code.INVALID_ARGUMENT)
_NOBODY = "OUT_OF_STOCK"

faultpoints.register("transfers.before_asked", "transfers.after_asked", "transfers.after_answer", "transfers.settled")


class Transfers:
    """Nobody picks a task while inventory is asked; it ends by the answer, or goes on where it was."""

    def __init__(self, db: Database, clock: Clock, inventory: "SourcingServiceAsyncStub", settling: Settling) -> None:
        self._db = db
        self._clock = clock
        self._inventory = inventory
        self._settling = settling

    async def request(
        self, asked: Request, fulfilment_id: str, line_nos: Sequence[int], reason: str
    ) -> pb.RequestTransferResponse:
        """These lines or all of them, while they are not READY; asked again it answers as it stands."""
        reason = fields.code("reason", reason)

        async def work(tx: Tx) -> pb.RequestTransferResponse:
            found = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            # the order first, as every change of several parts does; a store's sale has no saga
            await store_sourced.lock(tx, [found.order_id])
            parts = await store.lock_of_order(tx, found.order_id)
            held = next(each for each in parts if each.fulfilment_id == fulfilment_id)
            given = await store_transfers.of_task(tx, fulfilment_id)
            if given is None or not transfers.same(given, held, line_nos):
                now = self._clock()
                given = transfers.asked(uuid7(), held, line_nos, reason, now)
                await take(tx, held, tasks.hold(held, Reason.SENT_FOR), now, asked.request_id)
                await store_transfers.insert(tx, given, access.current().actor)
                await timers.schedule(tx, ASK, given.transfer_id, now, lease=LEASE)
            faultpoints.hit("transfers.before_asked")
            return pb.RequestTransferResponse(transfer=wire_transfers.transfer(given))

        kept = await requests.once(
            self._db, asked, work, pb.RequestTransferResponse, aggregate_id=lambda _: fulfilment_id
        )
        faultpoints.hit("transfers.after_asked")
        given = await self._find(kept.transfer.transfer_id)
        if given.state is State.ASKED:
            await pursuing.at_once(self._db, ASK, given.transfer_id, lambda: self._carry_out(given))
        return await self._shown(kept.transfer.transfer_id)

    async def due(self, due: Due) -> None:
        """Asks what was not answered, or not carried out."""
        with access.acting_as(access.service("order")):
            given = await self._find(due.key)
            if given.state is State.ASKED:
                await self._carry_out(given)
            async with self._db.transaction() as tx:
                await timers.finish(tx, due)

    async def _carry_out(self, given: Transfer) -> None:
        answer = await self._ask(given)
        faultpoints.hit("transfers.after_answer")
        async with self._db.transaction() as tx:
            await self._settling.settle(tx, given, answer)
        faultpoints.hit("transfers.settled")

    async def _ask(self, given: Transfer) -> Answer:
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                found = await self._inventory.SendToStore(wire_transfers.asked(given), timeout=_SECONDS)
        except Fault as fault:
            if fault.code not in _NO or wire_sourced.unheard(fault):
                raise
            return Answer(State.REFUSED if fault.reason == _NOBODY else State.CALLED_OFF)
        return Answer(State.SENT, wire_transfers.assigned(found.assignments), found.sequence)

    async def _find(self, transfer_id: str) -> Transfer:
        async with self._db.read() as tx:
            found = await store_transfers.find(tx, transfer_id)
        assert found is not None, "a request is never deleted"
        return found

    async def _shown(self, transfer_id: str) -> pb.RequestTransferResponse:
        given = await self._find(transfer_id)
        async with self._db.read() as tx:
            task = await store_reads.find(tx, given.fulfilment_id)
            held = await ways.tasks(tx, given.sent_ids)
            legs = [(one, await ways.find(tx, one)) for one in given.sent_ids]
        assert task is not None, "a fulfilment is never deleted"
        return pb.RequestTransferResponse(
            transfer=wire_transfers.transfer(given),
            fulfilment=task_wire.fulfilment(task),
            legs=[wire.leg(leg, held[key]) for key, leg in legs if leg],
        )
