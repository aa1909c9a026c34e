"""What a shopper shows in the store, whom he sends instead, and what is kept of who got it."""

from dataclasses import replace
from datetime import datetime

from kit import access, requests
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import pickup_service_pb2 as pb
from services.order.checkout import domain_placing
from services.order.checkout import store_reads as orders
from services.order.fulfilment import domain, store_reads
from services.order.fulfilment import store as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import State
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases_tasks import mine
from services.order.pickups import store, wire
from services.order.pickups.codes import PickupCodes
from services.order.pickups.domain import MOST_PROXIES, Proxy, ProxyLimit, ProxyState

_WAITING = (State.PLACED, State.ACCEPTED, State.PICKING, State.ARRIVED, State.READY, State.EXPIRED, State.ON_HOLD)


def theirs(found: Fulfilment | None, fulfilment_id: str) -> Fulfilment:
    """The task, if the caller collects it or works where it is; nobody else learns that it exists."""
    if access.current().kind is not Kind.MEMBER:
        return mine(found, fulfilment_id)
    if found is None or found.member_id != access.current().id or not found.by_pin:
        raise NotYours("no such pickup", field="fulfilment_id", fulfilment_id=fulfilment_id)
    return found


class Pickups:
    """The shopper's side, and what is known afterwards."""

    def __init__(self, db: Database, clock: Clock, pins: Pins, codes: PickupCodes) -> None:
        self._db = db
        self._clock = clock
        self._pins = pins
        self._codes = codes

    async def code(self, fulfilment_id: str) -> tuple[str, datetime]:
        """A code to show instead of the PIN."""
        async with self._db.read() as tx:
            held = theirs(await store_reads.find(tx, fulfilment_id), fulfilment_id)
        if held.state is not State.READY or held.pin_hash is None:
            raise domain.refused(held, State.HANDED_OVER)
        return self._codes.make(fulfilment_id, held.pin_hash)

    def keys(self) -> pb.GetPickupCodeKeysResponse:
        """By which a till sees that a code is ours."""
        key = pb.PickupCodeKey(key_id=self._codes.key_id, public_key=self._codes.public)
        return pb.GetPickupCodeKeysResponse(keys=[key])

    async def name(self, asked: Request, fulfilment_id: str, name: str) -> pb.NameProxyResponse:
        """Somebody else may collect it."""

        async def work(tx: Tx) -> pb.NameProxyResponse:
            held = theirs(await tasks.lock(tx, fulfilment_id), fulfilment_id)
            if not held.by_pin or held.state not in _WAITING:
                raise domain.refused(held, State.HANDED_OVER)
            known = await store.proxies(tx, fulfilment_id)
            if sum(one.state is ProxyState.ACTIVE for one in known) >= MOST_PROXIES:
                raise ProxyLimit("too many may collect it", fulfilment_id=fulfilment_id, most=MOST_PROXIES)
            pin = self._pins.make(fulfilment_id)
            head = (uuid7(), fulfilment_id, domain_placing.masked(name), ProxyState.ACTIVE, self._clock())
            proxy = Proxy(*head, pin.hash, pin.sealed)
            await store.add_proxy(tx, proxy)
            return pb.NameProxyResponse(proxy=self._shown(proxy))

        return await requests.once(self._db, asked, work, pb.NameProxyResponse)

    async def revoke(self, asked: Request, proxy_id: str) -> pb.RevokeProxyResponse:
        """He collects it no more; repeating it changes nothing."""

        async def work(tx: Tx) -> pb.RevokeProxyResponse:
            proxy = await store.lock_proxy(tx, proxy_id)
            if proxy is None:
                raise NotYours("no such proxy", field="proxy_id", proxy_id=proxy_id)
            held = theirs(await store_reads.find(tx, proxy.fulfilment_id), proxy.fulfilment_id)
            if proxy.state is ProxyState.USED:
                raise domain.refused(held, State.READY)
            if proxy.state is ProxyState.ACTIVE:
                proxy = replace(proxy, state=ProxyState.REVOKED, pin_hash=None, pin_sealed=None, end_time=self._clock())
                await store.end_proxy(tx, proxy)
            return pb.RevokeProxyResponse(proxy=self._shown(proxy))

        return await requests.once(self._db, asked, work, pb.RevokeProxyResponse)

    async def proxies(self, fulfilment_id: str) -> pb.ListProxiesResponse:
        """Whom he named."""
        async with self._db.read() as tx:
            theirs(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            found = await store.proxies(tx, fulfilment_id)
        return pb.ListProxiesResponse(proxies=map(self._shown, found))

    async def acknowledgement(self, fulfilment_id: str) -> pb.Acknowledgement:
        """What was handed over to whom."""
        async with self._db.read() as tx:
            held = theirs(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            return await acknowledged(tx, held)

    def _shown(self, proxy: Proxy) -> pb.Proxy:
        own = access.current().kind is Kind.MEMBER and proxy.state is ProxyState.ACTIVE
        return wire.proxy(proxy, self._pins.show(proxy.fulfilment_id, proxy.pin_sealed) if own else "")


async def acknowledged(tx: Tx, held: Fulfilment) -> pb.Acknowledgement:
    """The data of the slip that whoever came signs."""
    told = await store.handover(tx, held.fulfilment_id)
    if told is None:
        raise NotYours("nothing was handed over", field="fulfilment_id", fulfilment_id=held.fulfilment_id)
    (order,) = await orders.orders(tx, [held.order_id])
    proxies = {one.proxy_id: one for one in await store.proxies(tx, held.fulfilment_id)}
    name = proxies[told.collector.proxy_id].masked_name if told.collector.proxy_id in proxies else held.masked_name
    missing = await store.shortages(tx, held.fulfilment_id)
    return wire.acknowledgement(held, told, name, missing, order.currency)
