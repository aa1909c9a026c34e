"""Prices baskets from our own copies: one path for quotes, carts and orders."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from omo_pricing import PurchaseLimit
from services.order.checkout import domain_basket, domain_kept, domain_limits, store_limits
from services.order.checkout.domain_basket import Basket, OverLimit, PickupNotOffered, Quote
from services.order.checkout.domain_pricing import Pricer
from services.order.checkout.store_quotes import Opening
from services.order.preorders.usecases_caps import Caps
from services.order.promotions.usecases import Promotions
from services.order.promotions.usecases_uses import Uses
from services.order.reference.usecases import Reference

Segments = Callable[[str, frozenset[str]], Awaitable[frozenset[str]]]


async def _in_none(member_id: str, named: frozenset[str]) -> frozenset[str]:  # noqa: ARG001
    return frozenset()


class Pricing:
    """What a basket costs, and what of it a limit forbids."""

    def __init__(self, db: Database, clock: Clock, reference: Reference, promotions: Promotions, currency: str) -> None:
        self._db = db
        self._clock = clock
        self._reference = reference
        self._promotions = promotions
        self._currency = currency
        self._uses = Uses(db)
        self._caps = Caps(db)
        self.segments: Segments = _in_none
        """Whoever composes the service says who knows."""

    async def price(self, basket: Basket, opening: Opening) -> Quote:
        """The basket's price now; refuses what is not sold."""
        basket = domain_basket.checked(basket)
        around = await self._reference.surroundings(opening.head)
        book = await self._promotions.book(around.rules_version)
        goods = await self._reference.goods([*(want.sku for want in basket.wants), *sorted(book.gifts)])
        if book.limited:
            basket = replace(basket, remaining=await self._uses.remaining(book.limited, basket.member_id))
        if book.segments and basket.member_id:
            basket = replace(basket, segments=await self.segments(basket.member_id, book.segments))
        if limits := domain_limits.touched(book.rules, basket.wants, goods):
            basket = replace(basket, bought=await self._bought(basket.member_id, limits))
        if basket.kept:
            around, goods = domain_kept.still(basket.kept, around, goods, self._currency)
        now = self._clock()
        quote = Pricer(basket, opening.tier_at(now), now, around, goods, book, self._currency).quote()
        if quote.preorders:
            await self._caps.look(quote)
        return quote

    async def invoices(self, head: int) -> bool:
        """Whether the brand issues electronic invoices; known with all else that a price depends on."""
        return (await self._reference.surroundings(head)).invoices

    async def kept(self, basket: Basket, opening: Opening) -> tuple[domain_basket.KeptPrice, ...]:
        """The price of each good as it stands now, to be kept."""
        around = await self._reference.surroundings(opening.head)
        if basket.channel_id not in around.channels:
            raise invalid("channel_id", "must be a channel of the brand")
        goods = await self._reference.goods([want.sku for want in basket.wants])
        now = self._clock()
        return domain_kept.now(basket, opening.tier_at(now), now, around, goods, self._currency)

    async def must_be_collectable(self, location_id: str, head: int) -> None:
        """Refuses a store at which nothing can be collected."""
        place = (await self._reference.surroundings(head)).locations.get(location_id)
        if place is None or not place.pickup or not place.active:
            raise PickupNotOffered(
                f"nothing can be collected at {location_id}",
                field="delivery.collect_location_id",
                location_id=location_id,
            )

    async def claim(self, quote: Quote, order_id: str, head: int) -> None:
        """Refuses an order that does not keep a limit, counting those that are made at the same moment."""
        if quote.over:
            raise domain_limits.refusal(quote.over[0])
        if quote.limited and quote.member_id is not None:
            await self._claim_units(quote, quote.member_id, order_id, head)
        await self._uses.reserve(order_id, quote.member_id, quote.uses)
        if quote.preorders:
            await self._caps.reserve(order_id, quote)

    async def _claim_units(self, quote: Quote, member_id: str, order_id: str, head: int) -> None:
        around = await self._reference.surroundings(head)
        book = await self._promotions.book(around.rules_version)
        limits = {limit.id: limit for limit in book.rules.purchase_limits}
        held = [each for each in quote.limited if each.limit_id in limits]
        await self._bought(member_id, [limits[each.limit_id] for each in held])  # so that goods are at hand
        async with self._db.transaction() as tx:
            await store_limits.lock(tx, member_id)
            claims = await store_limits.claimed(tx, member_id, domain_limits.CLAIMED)
            for each in held:
                before = await self._count(tx, member_id, limits[each.limit_id], claims)
                allowed = max(each.most - before - claims.units.get(each.limit_id, 0), 0)
                if each.units > allowed:
                    raise domain_limits.refusal(
                        OverLimit(each.limit_id, "above_max_per_member", allowed, each.units, ())
                    )
            await store_limits.claim(tx, member_id, order_id, held)

    async def _bought(self, member_id: str | None, limits: Sequence[PurchaseLimit]) -> dict[str, int]:
        if member_id is None:
            return {}
        async with self._db.read() as tx:
            return {limit.id: await self._count(tx, member_id, limit) for limit in limits}

    async def _count(
        self, tx: Tx, member_id: str, limit: PurchaseLimit, claims: store_limits.Claims = store_limits.NONE
    ) -> int:
        units = await store_limits.bought(tx, member_id, domain_limits.since(limit, self._clock()), claims)
        goods = await self._reference.goods(list(units))
        return domain_limits.bought(limit, units, goods)
