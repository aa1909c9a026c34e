"""Transfers, step by step: headquarters decides, stores ship and receive."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from google.protobuf.message import Message

from kit import access, outbox, pages, requests, timers
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.inventory.v1 import transfers_service_pb2 as rpc
from services.inventory.catalogue import drop_points, placeholders, store_kits, store_places, store_products
from services.inventory.catalogue.domain import NotFound
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import Line, LocationClosed, Meanwhile, UnknownLocation, UnknownSku
from services.inventory.stock.domain_commands import Ask
from services.inventory.stock.holds import Holds
from services.inventory.tasks import opening
from services.inventory.transfers import domain, moving, store, wire
from services.inventory.transfers.domain import Arrival, Transfer
from services.inventory.transfers.moving import Moved, Named

TIDY = "transfers.tidy"
_TIDY_AFTER = timedelta(minutes=1)
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
R = TypeVar("R", bound=Message)


class Transfers:
    """Each step is one transaction; approval first promises the goods, as any other hold does."""

    def __init__(self, db: Database, clock: Clock, holds: Holds, page_key: bytes, time_zone: str) -> None:
        self._db = db
        self._clock = clock
        self._holds = holds
        self._page_key = page_key + b" transfers"
        self._time_zone = time_zone

    async def create(self, asked: Request, draft: Transfer) -> rpc.CreateTransferResponse:
        """Writes a draft, which promises nothing."""

        async def work(tx: Tx) -> rpc.CreateTransferResponse:
            await self.draft(tx, draft)
            return rpc.CreateTransferResponse(transfer=wire.transfer(draft))

        return await requests.once(self._db, asked, work, rpc.CreateTransferResponse)

    async def draft(self, tx: Tx, draft: Transfer) -> None:
        """Writes a draft inside somebody's transaction."""
        await _check(tx, draft)
        await self._put(tx, draft)

    async def approve(self, asked: Request, transfer_id: str) -> rpc.ApproveTransferResponse:
        """Promises the goods at the source; what that costs of other promises, holds decide.

        The hold and the step are two transactions: the timer frees a hold whose
        step never came.
        """
        async with self._db.transaction() as tx:
            seen = await self._known(tx, transfer_id)
            hold_id = f"transfer:{transfer_id}:{seen.version}"
            if seen.state == "DRAFT":
                await timers.schedule(tx, TIDY, transfer_id, self._clock() + _TIDY_AFTER, hold_id.encode())
        if seen.state == "DRAFT":
            await self._holds.do(_ask(seen, hold_id))

        async def work(tx: Tx) -> rpc.ApproveTransferResponse:
            held = await self._known(tx, transfer_id, lock=True)
            domain.must_be(held, "DRAFT", "APPROVED")
            if held.state == "APPROVED":
                return rpc.ApproveTransferResponse(transfer=wire.transfer(held))
            if held.version != seen.version:
                raise Meanwhile("the transfer changed a moment ago")
            after = await self._step(tx, replace(held, state="APPROVED", hold_id=hold_id))
            await timers.cancel(tx, TIDY, transfer_id)
            return rpc.ApproveTransferResponse(transfer=wire.transfer(after))

        return await requests.once(self._db, asked, work, rpc.ApproveTransferResponse)

    async def tidy(self, tx: Tx, due: Due) -> None:
        """Frees what a step promised that never came."""
        held, hold_id = await store.lock(tx, due.key), due.payload.decode()
        if held is None or held.hold_id == hold_id:
            return
        await outbox.append(tx, *await moving.free(tx, held, hold_id, self._clock()))
        if held.state == "DRAFT":  # the next approval takes a new hold
            await self._step(tx, held)

    async def cancel(self, asked: Request, transfer_id: str) -> rpc.CancelTransferResponse:
        """Ends a transfer of which nothing left."""

        async def step(tx: Tx, held: Transfer) -> Transfer:
            domain.must_be(held, "DRAFT", "APPROVED", "CANCELLED")
            if held.state == "CANCELLED":
                return held
            await outbox.append(tx, *await moving.free(tx, held, held.hold_id, self._clock()))
            return replace(held, state="CANCELLED")

        return await self._do(asked, transfer_id, step, rpc.CancelTransferResponse)

    async def ship(
        self, asked: Request, transfer_id: str, left: Mapping[str, int], at: datetime, lots: Named
    ) -> rpc.ShipTransferResponse:
        """The goods leave the source, as far as it is said by lot."""
        who = stock_wire.who()

        async def step(tx: Tx, held: Transfer) -> Transfer:
            access.require_location(held.from_location_id)
            after = domain.ship(held, left, at)
            moved = Moved(who, at, self._clock(), lots, self._time_zone)
            await outbox.append(tx, *await moving.leave(tx, held, after, moved))
            return after

        return await self._do(asked, transfer_id, step, rpc.ShipTransferResponse)

    async def receive(
        self, asked: Request, transfer_id: str, came: Sequence[Arrival], at: datetime, lots: Named
    ) -> rpc.ReceiveTransferResponse:
        """Goods come in, whatever they are; of what is not said by lot, the lots that left."""
        who = stock_wire.who()

        async def step(tx: Tx, held: Transfer) -> Transfer:
            access.require_location(held.to_location_id)
            after = domain.receive(held, came)
            await placeholders.ensure(tx, [one.sku for one in came], [], self._time_zone, self._clock())
            moved = Moved(who, at, self._clock(), lots, self._time_zone)
            await outbox.append(tx, *await moving.come_in(tx, held, after, moved))
            return after

        return await self._do(asked, transfer_id, step, rpc.ReceiveTransferResponse)

    async def close(self, asked: Request, transfer_id: str) -> rpc.CloseTransferResponse:
        """Nothing more will come; somebody looks at what differs."""

        async def step(tx: Tx, held: Transfer) -> Transfer:
            if held.state == "CLOSED":
                return held
            now = self._clock()
            after = domain.close(held, now)
            await outbox.append(tx, *await moving.give_up(tx, held, after, now))
            wanted = [
                ("DISCREPANCY", after.to_location_id, f"{transfer_id}:{one.sku}:{one.kind}",
                 {"transfer_id": transfer_id, "sku": one.sku, "kind": one.kind, "quantity": one.quantity,
                  "from_location_id": after.from_location_id})
                for one in after.discrepancies
            ]  # fmt: skip
            await opening.open_many(tx, wanted, now)
            return after

        return await self._do(asked, transfer_id, step, rpc.CloseTransferResponse)

    async def get(self, transfer_id: str) -> rpc.GetTransferResponse:
        """One transfer; to stores at neither end there is none."""
        async with self._db.read() as tx:
            return rpc.GetTransferResponse(transfer=wire.transfer(await self._known(tx, transfer_id)))

    async def page(self, location_id: str, state: str, size: int, token: str) -> rpc.ListTransfersResponse:
        """Transfers, newest first."""
        size = pages.page_size(size)
        before = (pages.decode(token, self._page_key) or {"before": _LAST})["before"]
        async with self._db.read() as tx:
            found = await store.page(tx, before, state, size, location_id)
        more = pages.encode({"before": found[-1].transfer_id}, self._page_key) if len(found) == size else ""
        return rpc.ListTransfersResponse(transfers=map(wire.transfer, found), next_page_token=more)

    async def _do(self, asked: Request, transfer_id: str, step: Callable[..., Any], reply: Callable[..., R]) -> R:
        async def work(tx: Tx) -> R:
            held = await self._known(tx, transfer_id, lock=True)
            domain.free_to_move(held)
            after = await step(tx, held)
            return reply(transfer=wire.transfer(after if after == held else await self._step(tx, after)))

        return await requests.once(self._db, asked, work, reply)  # type: ignore[arg-type]  # a message's class

    async def _known(self, tx: Tx, transfer_id: str, *, lock: bool = False) -> Transfer:
        found = [await store.lock(tx, transfer_id)] if lock else await store.by_id(tx, [transfer_id])
        if not found or found[0] is None or not _mine(found[0]):
            raise NotFound("there is no such transfer", transfer_id=transfer_id)
        return found[0]

    async def _step(self, tx: Tx, given: Transfer) -> Transfer:
        after = replace(given, version=given.version + 1)
        await self._put(tx, after)
        return after

    async def _put(self, tx: Tx, given: Transfer) -> None:
        await store.put(tx, given, access.current().actor)
        await outbox.append(tx, wire.changed(given, self._clock()))


def _mine(transfer: Transfer) -> bool:
    principal = access.current()
    ends = {transfer.from_location_id, transfer.to_location_id}
    return principal.kind in (Kind.HQ, Kind.SERVICE) or not ends.isdisjoint(principal.location_ids)


def _ask(transfer: Transfer, hold_id: str) -> Ask:
    lines = tuple(Line(one.line_no, one.sku, transfer.from_location_id, one.quantity) for one in transfer.lines)
    return Ask(hold_id=hold_id, lines=lines, fingerprint=hold_id.encode(), who=stock_wire.who(), there=True)


async def _check(tx: Tx, draft: Transfer) -> None:
    """Refuses what names something that is nowhere, or a place that is closed."""
    skus = [line.sku for line in draft.lines]
    if missing := await store_products.unknown(tx, skus):
        raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
    if kits := (await store_kits.reached(tx, skus)).keys() & set(skus):
        raise invalid("lines", f"{min(kits)} is a kit: name its parts")
    ends = [("from_location_id", draft.from_location_id), ("to_location_id", draft.to_location_id)]
    await drop_points.refuse(tx, ends)
    doors = await store_places.doors(tx, [place for _, place in ends])
    for _, place in ends:
        if place not in doors:
            raise UnknownLocation(f"{place} is no location", location_id=place)
        if not doors[place]:
            raise LocationClosed(f"{place} is closed", location_id=place)
