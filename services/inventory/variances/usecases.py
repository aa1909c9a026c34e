"""Reasons, what staff find on the shelf, and how sure the books are."""

from collections.abc import Sequence
from datetime import datetime

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import counting_variance_service_pb2 as rpc
from services.inventory import wire as fields
from services.inventory.catalogue import drop_points, store_places, store_products
from services.inventory.confidence import store as confidence
from services.inventory.stock import store_levels, wire_out
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import UnknownLocation, UnknownSku
from services.inventory.variances import booking, domain, store, wire
from services.inventory.variances.booking import Found
from services.inventory.variances.domain import Reason, UnknownReason


class Variances:
    """What reasons there are, and what they do."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" confidence"

    async def put(self, asked: Request, given: Sequence[Reason]) -> rpc.PutVarianceReasonsResponse:
        """Replaces the reasons that are named."""

        async def work(tx: Tx) -> rpc.PutVarianceReasonsResponse:
            after = await store.put(tx, given, access.current().actor)
            return rpc.PutVarianceReasonsResponse(reasons=map(wire.reason, after))

        return await requests.once(self._db, asked, work, rpc.PutVarianceReasonsResponse)

    async def reasons(self) -> rpc.ListVarianceReasonsResponse:
        """Every reason, also those that are no longer offered."""
        async with self._db.read() as tx:
            return rpc.ListVarianceReasonsResponse(reasons=map(wire.reason, await store.reasons(tx)))

    async def post(
        self, asked: Request, reason_id: str, sku: str, location_id: str, quantity: int, at: datetime
    ) -> rpc.PostVarianceResponse:
        """Books what somebody found."""
        access.require_location(location_id)
        who = stock_wire.who()

        async def work(tx: Tx) -> rpc.PostVarianceResponse:
            await _known(tx, sku, location_id)
            reason = await store.reason(tx, reason_id)
            if reason is None:
                raise UnknownReason(f"{reason_id} is no reason", reason_id=reason_id)
            if reason.effect in domain.COUNTED:
                fields.quantity("quantity", quantity)
            found = Found(sku, location_id, quantity, f"variance:{who.id}:{asked.request_id}")
            await outbox.append(tx, *await booking.book(tx, reason_id, [found], who, at, self._clock()))
            level = (await store_levels.lock(tx, [found.place]))[found.place]
            return rpc.PostVarianceResponse(level=wire_out.level(level))

        return await requests.once(self._db, asked, work, rpc.PostVarianceResponse)

    async def confidence(self, location_id: str, size: int, token: str) -> rpc.ListConfidenceResponse:
        """The least sure first."""
        size = pages.page_size(size)
        cursor = pages.decode(token, self._page_key) or {"sure": -1, "sku": "", "at": ""}
        async with self._db.read() as tx:
            after = (cursor["sure"], cursor["sku"], cursor["at"])
            found = await confidence.page(tx, after, size, location_id)
        more = ""
        if len(found) == size:
            last = found[-1]
            mark = {"sure": last.per_mille, "sku": last.place[0], "at": last.place[1]}
            more = pages.encode(mark, self._page_key)
        return rpc.ListConfidenceResponse(confidences=map(wire.sure, found), next_page_token=more)


async def _known(tx: Tx, sku: str, location_id: str) -> None:
    if await store_products.unknown(tx, [sku]):
        raise UnknownSku(f"{sku} is not in the catalogue", sku=sku)
    if await store_places.unknown(tx, [location_id]):
        raise UnknownLocation(f"{location_id} is no location", location_id=location_id)
    if access.current().kind not in (access.Kind.HQ, access.Kind.SERVICE):
        await drop_points.refuse(tx, [("location_id", location_id)], "what is missing there is said of its return")
