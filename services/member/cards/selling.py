"""Cards that lines of sales sell: activated with the sale, ended with its return as far as nothing is spent."""

from collections.abc import Sequence
from datetime import datetime

from kit import access
from kit.clock import Clock
from kit.postgres import Tx
from services.member.cards import store, store_lines
from services.member.cards.domain import State
from services.member.cards.domain_lines import BackLine, Ended, Good, SoldCard
from services.member.cards.usecases import Cards, deactivate
from services.member.value import store as lots
from services.member.wallet import store_parts as orders

RETURNED = "RETURNED"


class Selling:
    """A sale is a fact: a card that is unknown, or was sold before, is noted and nothing more."""

    def __init__(self, cards: Cards, clock: Clock) -> None:
        self._cards = cards
        self._clock = clock

    async def put(self, tx: Tx, good: Good) -> Good:
        """Marks a good as a gift card."""
        await store_lines.put(tx, good, access.current().actor, self._clock())
        return good

    async def sold(self, tx: Tx, lines: Sequence[SoldCard]) -> list[Ended]:
        """Activates what these lines sell; answers for those that came back before they were heard of."""
        goods = await store_lines.goods(tx, [one.sku for one in lines]) if lines else {}
        ended = []
        for one in lines:
            good = goods.get(one.sku)
            if good is None or not good.active:
                continue
            refund_id = await store_lines.sold(tx, one)
            if refund_id:
                ended.append(Ended(one.order_id, refund_id, one.card_id, one.member_id, 0, 0, one.moment))
            elif refund_id is not None and not await orders.is_ended(tx, one.order_id):
                await self._activate(tx, one, good.worth(one.list_total))
        return ended

    async def came_back(self, tx: Tx, lines: Sequence[BackLine]) -> list[Ended]:
        """Takes what is left off the cards that these lines had sold."""
        goods = await store_lines.goods(tx, [one.sku for one in lines]) if lines else {}
        ended = []
        for one in lines:
            known = await store_lines.back(tx, one) if one.sku in goods else None
            if known is not None and known.card_id is not None and not known.problem:
                ended.append(await self._end(tx, one, known.card_id))
        return ended

    async def cancel(self, tx: Tx, order_id: str, moment: datetime) -> None:
        """An order ended: what it sold ends too."""
        cards = await store_lines.of_order(tx, order_id)
        if cards:
            await deactivate(tx, cards, moment, "ORDER_CANCELLED")

    async def _activate(self, tx: Tx, one: SoldCard, amount: int) -> None:
        card = await store.by_id(tx, one.card_id)
        state = card.state(one.moment) if card is not None else None
        if card is None or state is not State.MADE or amount <= 0:
            await store_lines.problem(tx, one, "UNKNOWN" if card is None else state or "WORTHLESS")
            return
        await self._cards.sell(tx, card, amount, one.order_id, one.moment)

    async def _end(self, tx: Tx, one: BackLine, card_id: str) -> Ended:
        lot = (await lots.lock(tx, [card_id]))[card_id]
        await deactivate(tx, [card_id], one.moment, RETURNED)
        return Ended(one.order_id, one.refund_id, card_id, one.member_id, lot.active, lot.held + lot.spent, one.moment)
