"""Puts in force and shows what bringing goods costs."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access, fields, pages, pan, requests
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.freight import domain, store, wire
from services.order.freight.domain import Published, Terms

_NEWEST = 2**62
_LONGEST_REASON = 200


class Freight:
    """The brand's fees for bringing goods."""

    def __init__(self, db: Database, clock: Clock, methods: Sequence[str], page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._methods = methods
        self._page_key = page_key + b" freight"

    async def put(self, asked: Request, given: Terms, reason: str) -> pb.PutShippingFeesResponse:
        """The next version, whole; asked again, answered the same."""
        pan.refuse("reason", reason)
        reason = fields.text("reason", reason, _LONGEST_REASON)

        async def work(tx: Tx) -> pb.PutShippingFeesResponse:
            await store.lock(tx)
            domain.checked(given, await store.brand(tx, self._methods))
            terms = replace(given, version=(await store.newest(tx)).version + 1)
            at, actor = self._clock(), access.current().actor
            await store.add(tx, terms, at, reason, actor)
            told = Published(terms, at, reason, actor.kind, actor.id)
            return pb.PutShippingFeesResponse(fees=wire.shown(told))

        return await requests.once(self._db, asked, work, pb.PutShippingFeesResponse)

    async def get(self, version: int) -> pb.GetShippingFeesResponse:
        """A version, or the one in force."""
        if version < 0:
            raise invalid("version", "must not be negative")
        async with self._db.read() as tx:
            found = await store.page(tx, version + 1 if version else _NEWEST, 1)
        if version and (not found or found[0].terms.version != version):
            raise NotYours("no such version", field="version", version=version)
        return pb.GetShippingFeesResponse(fees=wire.shown(found[0] if found else Published(Terms())))

    async def list(self, page_size: int, page_token: str) -> pb.ListShippingFeesResponse:
        """The versions, newest first."""
        size = pages.page_size(page_size)
        below = (pages.decode(page_token, self._page_key) or {"version": _NEWEST})["version"]
        async with self._db.read() as tx:
            found = await store.page(tx, below, size + 1)
        more = pages.encode({"version": found[size - 1].terms.version}, self._page_key) if len(found) > size else ""
        return pb.ListShippingFeesResponse(versions=map(wire.shown, found[:size]), next_page_token=more)
