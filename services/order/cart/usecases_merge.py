"""Brings carts to where their shopper is: at sign-in, from a phone to a till, from a till to a phone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kit import access
from kit.access import Denied, Kind
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from services.order.cart import domain, domain_changes, domain_merge, store
from services.order.cart.codes import CartCodeUsed, Codes, HandOff
from services.order.cart.domain import Cart, CartUnknown, State
from services.order.cart.domain_merge import Mode
from services.order.cart.domain_problems import Shown
from services.order.cart.usecases import Carts
from services.order.cart.usecases_reach import client

# a till that took a cart works on it so long without a word
_AT_THE_TILL = timedelta(minutes=15)


class HandOffs:
    """Merges, codes, tills."""

    def __init__(self, db: Database, clock: Clock, carts: Carts, codes: Codes) -> None:
        self._db = db
        self._clock = clock
        self._carts = carts
        self._codes = codes

    async def merge(self, asked: Request, cart_id: str, mode: Mode, given: str, token: str) -> Shown:
        """A cart of nobody becomes the member's, or goes into the one that he has."""
        client_id = client(access.current(), given)

        async def work(tx: Tx) -> Cart:
            return await self._brought(tx, cart_id, mode, client_id, token)

        return await self._done(asked, work)

    async def show(self, cart_id: str, token: str) -> tuple[str, datetime]:
        """A code that hands the cart over."""
        async with self._db.transaction() as tx:
            cart = await self._carts.mine(tx, cart_id, "", token)
        domain.may_change(replace(cart, lock=None), "")
        return self._codes.make(cart.cart_id, self._clock())

    async def take(self, asked: Request, code: str, mode: Mode, given: str) -> Shown:
        """Takes over the cart of a code: a member into his own, a till to work on it."""
        principal = access.current()
        client_id = client(principal, given)

        async def work(tx: Tx) -> Cart:
            read = self._codes.read(code, self._clock())
            await self._use(tx, read, f"{principal.kind.value}:{principal.id}:{client_id}")
            if principal.kind is Kind.MEMBER:
                return await self._brought(tx, read.cart_id, mode, client_id, None)
            return await self._to_till(tx, read.cart_id, client_id)

        return await self._done(asked, work)

    async def settle(self, asked: Request, cart_id: str, sale_id: str, sold: tuple[tuple[str, int], ...]) -> Shown:
        """A till has sold of it; what it did not sell stays for the shopper."""
        client_id = client(access.current(), "")

        async def work(tx: Tx) -> Cart:
            cart = await self._carts.reach.get(tx, cart_id, client_id)
            domain.may_change(cart, client_id)
            left = domain_changes.sold(cart.contents, sold)
            changed = domain.changed(cart, left, self._clock())
            if not left.lines:
                changed = replace(changed, contents=cart.contents, state=State.ORDERED, order_id=sale_id)
            await store.put(tx, changed, access.current().actor)
            await store.unlock(tx, cart_id)
            return replace(changed, lock=None)

        return await self._done(asked, work, lets_go=True)

    async def _done(self, asked: Request, work: Callable[[Tx], Awaitable[Cart]], *, lets_go: bool = False) -> Shown:
        return await self._carts.shown(await self._carts.once(asked, work, lets_go=lets_go))

    async def _use(self, tx: Tx, read: HandOff, taken_by: str) -> None:
        if not await store.take(tx, read.nonce, read.cart_id, taken_by, read.expire_time):
            raise CartCodeUsed("the code was used", cart_id=read.cart_id, field="code")

    async def _brought(self, tx: Tx, cart_id: str, mode: Mode, client_id: str, token: str | None) -> Cart:
        reach, member_id = self._carts.reach, access.current().id
        await store.alone(tx, member_id)
        own = await reach.of_member(tx, member_id)
        cart = await reach.get(tx, cart_id, client_id, token)
        if own is not None and own.cart_id in (cart.cart_id, cart.merged_into):
            return own  # brought before
        domain.may_change(cart, client_id)
        if own is not None:
            domain.may_change(own, client_id)
        now, actor = self._clock(), access.current().actor
        if own is not None and mode is Mode.MERGE:
            domain_changes.may_touch_goods(own, now)
            domain_merge.room(domain_merge.join(own.contents, cart.contents))
            return await reach.join(tx, own, cart)
        if own is not None:
            ended = replace(own, state=State.REPLACED, version=own.version + 1, change_time=now)
            await store.put(tx, replace(ended, merged_into=cart.cart_id), actor)
        # a price that stood still was nobody's
        contents = cart.contents if cart.member_id else replace(cart.contents, freeze=None)
        mine = replace(cart, member_id=member_id, contents=contents, version=cart.version + 1, change_time=now)
        await store.put(tx, mine, actor)
        return mine

    async def _to_till(self, tx: Tx, cart_id: str, client_id: str) -> Cart:
        """Whoever shows the code lets the till at his cart: until it is sold, let go, or forgotten."""
        principal = access.current()
        if principal.kind not in (Kind.STAFF, Kind.DEVICE) or not principal.location_ids:
            raise Denied("a cart is taken over by its member or at a till")
        found = await store.locked(tx, [cart_id])
        if not found:
            raise CartUnknown("no such cart", cart_id=cart_id)
        cart = await self._carts.reach.settled(tx, found[0])
        domain.may_change(cart, client_id)
        await store.lock(tx, cart, client_id, _AT_THE_TILL, principal.location_ids[0])
        return cart
