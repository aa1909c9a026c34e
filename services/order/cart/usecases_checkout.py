"""Makes an order of a cart: of the version that the shopper saw, and once."""

from dataclasses import replace
from datetime import timedelta

from kit import access, requests
from kit.access import Denied, Kind
from kit.clock import Clock
from kit.errors import Fault
from kit.ids import uuid7
from kit.postgres import Database
from kit.requests import Request
from omo.order.v1 import order_service_pb2 as pb
from services.order.cart import domain, store
from services.order.cart.domain import Cart, CartEmpty, CartHasProblems, Frozen, PriceChanged
from services.order.cart.domain_ordering import Wish
from services.order.cart.domain_problems import Kind as Wrong
from services.order.cart.domain_problems import Problem
from services.order.cart.usecases import Carts
from services.order.cart.usecases_reach import client
from services.order.checkout.domain_basket import Basket
from services.order.checkout.domain_placing import Placing
from services.order.checkout.store_quotes import Priced as Kept
from services.order.checkout.usecases import QUOTE_TTL, Orders

# between the word of the cart and the first row of its order
_BEGINS_WITHIN = timedelta(minutes=1)


class CartCheckout:
    """A cart's way into the saga, and back out of it."""

    def __init__(self, db: Database, clock: Clock, carts: Carts, orders: Orders) -> None:
        self._db = db
        self._clock = clock
        self._carts = carts
        self._orders = orders

    async def place(self, asked: Request, wish: Wish) -> pb.PlaceOrderResponse:
        """Orders it; the same request is answered the same again, whatever became of the cart."""
        async with self._db.read() as tx:
            known = await requests.find(tx, asked)
        if known is not None:
            return await self._orders.place(asked, wish.placing)
        cart = await self._wanted(wish)
        placing = await self._placing(cart, wish)
        await self._begin(asked, cart, client(access.current(), wish.client_id))
        try:
            return await self._orders.place(asked, placing)
        except Fault:
            await self._leave(asked, cart.cart_id)
            raise
        finally:
            await self._settle(cart.cart_id)

    async def _wanted(self, wish: Wish) -> Cart:
        """The cart, if it is as the shopper saw it and could be ordered."""
        client_id = client(access.current(), wish.client_id)
        async with self._db.transaction() as tx:
            cart = await self._carts.mine(tx, wish.cart_id, client_id, wish.token)
        domain.may_change(cart, client_id)
        domain.expect(cart, wish.version)
        if cart.member_id is None and access.current().kind is not Kind.GUEST:
            raise Denied("a cart of nobody is no member's to order: merge it first", field="cart_id")
        if not cart.contents.lines:
            raise CartEmpty("there is nothing in the cart", cart_id=cart.cart_id)
        return cart

    async def _placing(self, cart: Cart, wish: Wish) -> Placing:
        """The wish to order: the frozen quote as it stands, or the basket at the price that the shopper expects."""
        delivery = wish.placing.delivery or cart.contents.delivery
        # what it costs is asked for the way that it goes
        shown = await self._carts.shown(replace(cart, contents=replace(cart.contents, delivery=delivery)))
        wrong = [each for each in shown.problems if each.blocks and not _accepted(each, wish)]
        if wrong or shown.priced.quote is None:
            kinds = ",".join(sorted({each.kind for each in wrong}))
            raise CartHasProblems("the cart cannot be ordered as it is", cart_id=cart.cart_id, problems=kinds)
        now = shown.priced.quote.totals.grand_total
        if wish.expected_total is not None and wish.expected_total != now:
            raise PriceChanged("the cart costs something else now", old=wish.expected_total, new=now)
        freeze = cart.frozen(self._clock())
        # the very quote that the shopper was shown is what is ordered
        quote_id, until = uuid7(), self._clock() + QUOTE_TTL
        if freeze is not None and freeze.kind is Frozen.HARD:
            until = max(until, freeze.until)
        await self._orders.openings.keep(Kept(quote_id, shown.priced.quote, until))
        basket = Basket(cart.channel_id, (), shown.priced.quote.member_id)
        return replace(wish.placing, basket=basket, quote_id=quote_id, delivery=delivery)

    async def _begin(self, asked: Request, seen: Cart, client_id: str) -> None:
        async with self._db.transaction() as tx:
            (cart,) = await store.locked(tx, [seen.cart_id])
            cart = await self._carts.reach.settled(tx, cart)
            domain.may_change(cart, client_id)
            domain.expect(cart, seen.version)
            await store.begin(tx, cart.cart_id, asked.principal, asked.request_id, _BEGINS_WITHIN)

    async def _leave(self, asked: Request, cart_id: str) -> None:
        """Refused before there was an order: nothing is to be waited for."""
        async with self._db.transaction() as tx:
            if await requests.find(tx, asked) is None:
                (cart,) = await store.locked(tx, [cart_id])
                if cart.checkout is not None and cart.checkout.request_id == asked.request_id:
                    await store.leave(tx, cart_id)

    async def _settle(self, cart_id: str) -> None:
        async with self._db.transaction() as tx:
            (cart,) = await store.locked(tx, [cart_id])
            await self._carts.reach.settled(tx, cart)


def _accepted(problem: Problem, wish: Wish) -> bool:
    """Who names the total that he expects has seen the prices of which it is made."""
    return problem.kind is Wrong.PRICE_CHANGED and wish.expected_total is not None
