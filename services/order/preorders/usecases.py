"""Writes and shows offers of goods that are not there yet."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access, pages, requests
from kit.access import NotYours
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import preorder_service_pb2 as pb
from services.order.checkout.domain_basket import UnknownSku
from services.order.checkout.store_quotes import Wanted
from services.order.checkout.usecases_openings import Openings
from services.order.preorders import domain, store, wire
from services.order.preorders.domain import Offer, PreorderTaken
from services.order.reference.usecases import Reference


class Preorders:
    """The brand's offers."""

    def __init__(self, db: Database, clock: Clock, reference: Reference, openings: Openings, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._reference = reference
        self._openings = openings
        self._page_key = page_key + b" preorders"

    async def put(self, asked: Request, given: Offer) -> pb.PutPreorderResponse:
        """Writes an offer whole; from the commit on it is priced by."""

        async def work(tx: Tx) -> pb.PutPreorderResponse:
            now = self._clock()
            known = await store.lock(tx, given.offer_id)
            if known is not None and known.sku != given.sku:
                raise PreorderTaken("this offer is of another good", offer_id=known.offer_id, sku=known.sku)
            if known is None or replace(given, version=known.version) != known:
                after = replace(domain.checked(given, now), version=known.version + 1 if known else 1)
                if other := await store.put(tx, after, access.current().actor, now):
                    raise PreorderTaken("another offer of it is in force", offer_id=other, sku=given.sku)
            return pb.PutPreorderResponse(preorder=await self._shown(tx, given.offer_id))

        if not await self._reference.goods([given.sku]):
            raise UnknownSku(f"{given.sku} is not sold", field="preorder.sku", sku=given.sku)
        return await requests.once(self._db, asked, work, pb.PutPreorderResponse)

    async def end(self, asked: Request, offer_id: str) -> pb.EndPreorderResponse:
        """Sells no more of it."""

        async def work(tx: Tx) -> pb.EndPreorderResponse:
            known = await store.lock(tx, offer_id)
            if known is None:
                raise NotYours("no such offer", field="offer_id", offer_id=offer_id)
            if not known.ended:
                ended = replace(known, ended=True, version=known.version + 1)
                await store.put(tx, ended, access.current().actor, self._clock())
            return pb.EndPreorderResponse(preorder=await self._shown(tx, offer_id))

        return await requests.once(self._db, asked, work, pb.EndPreorderResponse)

    async def list(self, sku: str, size: int, token: str) -> pb.ListPreordersResponse:
        """Offers with what was sold of them."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key) or {"after": ""})["after"]
        async with self._db.read() as tx:
            found = await store.page(tx, after, sku, size + 1)
            ids = [one.offer_id for one in found[:size]]
            known, gone = await store.counts(tx, ids), await store.released(tx, ids)
        shown = [wire.preorder(one, known.get(one.offer_id, {}), gone.get(one.offer_id, 0)) for one in found[:size]]
        more = pages.encode({"after": ids[-1]}, self._page_key) if len(found) > size else ""
        return pb.ListPreordersResponse(preorders=shown, next_page_token=more)

    async def show(self, channel_id: str, skus: Sequence[str]) -> pb.ShowPreordersResponse:
        """The offers in force, out of memory; what is sold out is asked."""
        opening, now = await self._openings.look_up(Wanted(None)), self._clock()
        offers = (await self._reference.surroundings(opening.head)).preorders
        wanted = [offers[sku] for sku in (skus or sorted(offers)) if sku in offers and now < offers[sku].release_time]
        if not wanted:
            return pb.ShowPreordersResponse()
        async with self._db.read() as tx:
            known = await store.counts(tx, [one.offer_id for one in wanted])
        shown = [wire.shown(one, known.get(one.offer_id, {}), channel_id, now) for one in wanted]
        return pb.ShowPreordersResponse(preorders=shown)

    async def _shown(self, tx: Tx, offer_id: str) -> pb.Preorder:
        offer = await store.lock(tx, offer_id)
        assert offer is not None, "it was written a moment ago"
        known, gone = await store.counts(tx, [offer_id]), await store.released(tx, [offer_id])
        return wire.preorder(offer, known.get(offer_id, {}), gone.get(offer_id, 0))
