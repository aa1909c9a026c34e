"""Shows, changes, locks and freezes carts."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from kit import access, requests
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import cart_pb2
from services.order.cart import domain, domain_changes, store, tokens
from services.order.cart.domain import Cart, CartHasProblems, CartUnknown, Contents, Freeze, Frozen, Seen
from services.order.cart.domain_changes import Change, Named
from services.order.cart.domain_problems import Priced, Shown
from services.order.cart.usecases_pricing import CartPrices, replace_freeze
from services.order.cart.usecases_reach import Reach, client

LEASE = timedelta(minutes=2)
_LEASES = range(5, 901)


class Carts:
    """One cart per member, and carts of nobody."""

    def __init__(self, db: Database, clock: Clock, prices: CartPrices, freeze_for: timedelta) -> None:
        self._db = db
        self._clock = clock
        self.prices = prices
        self.reach = Reach(clock)
        self._freeze_for = freeze_for

    async def get(self, cart_id: str, member_id: str, channel_id: str, token: str) -> Shown:
        """A cart by its id, or a member's; a member without one is shown an empty one."""
        principal = access.current()
        owner = principal.id if principal.kind is Kind.MEMBER else member_id
        foreign = bool(member_id) and (principal.kind is Kind.ANONYMOUS or member_id != owner)
        if foreign or not (cart_id or owner):
            raise CartUnknown("no such cart", field="cart_id")
        async with self._db.transaction() as tx:
            found = await (self.reach.get(tx, cart_id, token=token) if cart_id else self.reach.of_member(tx, owner))
        return await self.shown(found or Cart("", owner, channel_id))

    async def shown(self, cart: Cart, priced: Priced | None = None) -> Shown:
        """The cart with its price; one that is over is shown without."""
        if cart.state is not domain.State.ACTIVE:
            return Shown(cart, Priced(), (), True)
        priced = priced or await self.prices.price(cart)
        problems, known = await self.prices.problems(cart, priced)
        return Shown(cart, priced, problems, known)

    async def change(self, asked: Callable[[], Request], named: Named, change: Change) -> Shown:
        """All of the change or nothing; what is in it costs now is kept, so that another price can be told later."""
        request, token = self._request(asked, named)
        if request is not None and (done := await self._again(request)) is not None:
            return await self.shown(done)
        held = await self._held(named)
        trial = replace(held, channel_id=change.channel_id or held.channel_id)
        trial = replace(trial, contents=domain_changes.apply(trial.contents, change, {}))
        priced = await self.prices.price(trial)

        async def work(tx: Tx) -> Cart:
            return await self._changed(tx, named, change, priced.seen(), token)

        if request is not None:
            cart = await self.once(request, work)
        else:
            async with self._db.transaction() as tx:
                cart = await work(tx)
        return replace(await self.shown(cart), token=token)

    async def lock(self, asked: Request, cart_id: str, given: str, seconds: int) -> Shown:
        """Keeps others off it for a while."""
        if seconds and seconds not in _LEASES:
            raise invalid("seconds", f"must be {_LEASES.start} to {_LEASES.stop - 1}")
        client_id = client(access.current(), given)
        lease = timedelta(seconds=seconds) if seconds else LEASE

        async def work(tx: Tx) -> Cart:
            cart = await self.mine(tx, cart_id, client_id)
            domain.may_change(cart, client_id)
            await store.lock(tx, cart, client_id, lease, "")
            return cart

        return await self.shown(await self.once(asked, work))

    async def unlock(self, asked: Request, cart_id: str, given: str) -> Shown:
        """Lets others at it again; what this client does not hold stays held."""
        client_id = client(access.current(), given)

        async def work(tx: Tx) -> Cart:
            cart = await self.mine(tx, cart_id, client_id)
            if cart.lock is None or cart.lock.client_id != client_id:
                return cart
            await store.unlock(tx, cart.cart_id)
            return replace(cart, lock=None)

        return await self.shown(await self.once(asked, work, lets_go=True))

    async def freeze(self, asked: Request, named: Named, kind: Frozen | None) -> Shown:
        """Makes its price stand still, or move again."""
        client_id = client(access.current(), named.client_id)
        if (done := await self._again(asked)) is not None:
            return await self.shown(done)
        async with self._db.transaction() as tx:
            held = await self.mine(tx, named.cart_id, client_id)
        domain.expect(held, named.version)
        priced = await self.prices.price(replace_freeze(held))
        freeze = await self._frozen(held, kind, priced) if kind is not None else None

        async def work(tx: Tx) -> Cart:
            cart = await self.mine(tx, named.cart_id, client_id)
            domain.may_change(cart, client_id)
            # what was priced is what is frozen
            domain.expect(cart, named.version or held.version)
            return await self._kept(tx, cart, replace(cart.contents, freeze=freeze))

        return await self.shown(await self.once(asked, work))

    async def once(self, asked: Request, work: Callable[[Tx], Awaitable[Cart]], *, lets_go: bool = False) -> Cart:
        """Does the work once; asked again, the cart is as it is by then, for whom it still is.

        A till is told what became of the request by which it let go: a lost answer must not pass for a refusal.
        """

        async def kept(tx: Tx) -> cart_pb2.Cart:
            return cart_pb2.Cart(cart_id=(await work(tx)).cart_id)

        done = await requests.once(self._db, asked, kept, cart_pb2.Cart, aggregate_id=lambda reply: reply.cart_id)
        return await self._by_now(done.cart_id, lets_go)

    async def _again(self, asked: Request) -> Cart | None:
        """The cart of a request that was done before: what would be refused by now was not refused then."""
        async with self._db.read() as tx:
            known = await requests.replay(tx, asked)
        return await self._by_now(cart_pb2.Cart.FromString(known).cart_id) if known is not None else None

    async def _by_now(self, cart_id: str, let_go: bool = False) -> Cart:
        async with self._db.transaction() as tx:
            found = await store.locked(tx, [cart_id])
            # what nobody filled may be a member's by now: it is no more for who knows only the old request
            if not found or not await self.reach.still(tx, found[0], let_go):
                raise CartUnknown("the cart ended meanwhile", field="cart_id")
            return await self.reach.settled(tx, found[0])

    async def mine(self, tx: Tx, cart_id: str, client_id: str, token: str = "") -> Cart:
        """A cart by its id, or the member's own; locked for this transaction."""
        if cart_id:
            return await self.reach.get(tx, cart_id, client_id, token)
        principal = access.current()
        found = await self.reach.of_member(tx, principal.id) if principal.kind is Kind.MEMBER else None
        if found is None:
            raise CartUnknown("no such cart", field="cart_id")
        return found

    def _request(self, asked: Callable[[], Request], named: Named) -> tuple[Request | None, str]:
        """The request, and the token of the cart that it makes of nobody, who has no keys: each such call makes one."""
        if access.current().kind is not Kind.ANONYMOUS:
            return asked(), ""
        if named.cart_id:
            return tokens.apart(asked(), named.cart_id, named.token), ""
        return None, tokens.make()

    async def _held(self, named: Named) -> Cart:
        """The cart as it stands before the change, or a new one that is not kept yet."""
        client_id = client(access.current(), named.client_id)
        async with self._db.transaction() as tx:
            try:
                return await self.mine(tx, named.cart_id, client_id, named.token)
            except CartUnknown:
                if named.cart_id:
                    raise
        return self._new(named, "")

    def _new(self, named: Named, token: str) -> Cart:
        principal = access.current()
        owner = principal.id if principal.kind is Kind.MEMBER else None
        if not 1 <= len(named.channel_id) <= 64:
            raise invalid("channel_id", "must have 1 to 64 characters")
        place = principal.location_ids[0] if principal.location_ids else ""
        opened = None if owner else tokens.kept(token) if token else tokens.CLOSED
        # random, not by time: how many carts are made is nobody's business
        return Cart(str(uuid.uuid4()), owner, named.channel_id, place, token_hash=opened)

    async def _changed(self, tx: Tx, named: Named, change: Change, seen: dict[str, Seen], token: str) -> Cart:
        client_id = client(access.current(), named.client_id)
        try:
            cart = await self.mine(tx, named.cart_id, client_id, named.token)
        except CartUnknown:
            if named.cart_id:
                raise
            cart = self._new(named, token)
            cart = domain.changed(cart, domain_changes.apply(cart.contents, change, seen), self._clock())
            if await store.insert(tx, cart, access.current().actor):
                return cart
            cart = await self.mine(tx, "", client_id)  # his own other device was first
        domain.may_change(cart, client_id)
        domain.expect(cart, named.version)
        if change.touches_goods:
            domain_changes.may_touch_goods(cart, self._clock())
        cart = replace(cart, channel_id=change.channel_id or cart.channel_id)
        return await self._kept(tx, cart, domain_changes.apply(cart.contents, change, seen))

    async def _kept(self, tx: Tx, cart: Cart, contents: Contents) -> Cart:
        changed = domain.changed(cart, contents, self._clock())
        await store.put(tx, changed, access.current().actor)
        return changed

    async def _frozen(self, cart: Cart, kind: Frozen, priced: Priced) -> Freeze:
        """A price that stands still must be one."""
        problems, _ = await self.prices.problems(cart, priced)
        kept = await self.prices.frozen(cart, kind, priced)
        if priced.quote is None or (kind is Frozen.HARD and any(each.blocks for each in problems)):
            raise CartHasProblems("the cart has no price to keep", problems=",".join({p.kind for p in problems}))
        quote = priced.quote if kind is Frozen.HARD else None
        return Freeze(kind, self._clock() + self._freeze_for, kept, quote)
