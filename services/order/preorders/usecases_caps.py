"""Keeps buyers of what is not there yet to its caps."""

from collections.abc import Sequence

from kit import faultpoints
from kit.postgres import Database
from services.order.checkout.domain_basket import Preordered, Quote
from services.order.preorders import domain, store
from services.order.preorders.domain import Count

faultpoints.register("preorders.after_reserve")


class Caps:
    """Reserved when an order is about to be made; a cancellation, or the sweep if it never comes, gives them back."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def look(self, quote: Quote) -> None:
        """Refuses a price for what is sold out by now; nothing is reserved."""
        async with self._db.read() as tx:
            known = await store.counts(tx, sorted({line.offer_id for line in quote.preorders}))
        for key, units in domain.wanted(quote.preorders, quote.channel_id).items():
            count = known.get(key[0], {}).get(key[1], Count(0, None))
            if not count.covers(units):
                raise domain.refusal(quote.preorders, key, count)

    async def reserve(self, order_id: str, quote: Quote) -> None:
        """All of an order's units or none, in one transaction; who comes too late is told what is left."""
        lines: Sequence[Preordered] = quote.preorders
        async with self._db.transaction() as tx:
            if short := await store.take(tx, domain.wanted(lines, quote.channel_id)):
                known = (await store.counts(tx, [short[0][0]])).get(short[0][0], {})
                raise domain.refusal(lines, short[0], known.get(short[0][1]))
            await store.keep(tx, order_id, quote.channel_id, lines)
        faultpoints.hit("preorders.after_reserve")
