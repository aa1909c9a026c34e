"""Makes, sells, assigns and cancels gift cards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.cards import domain, store
from services.member.cards.domain import LIVE, Batch, Card, State
from services.member.points import reading as members
from services.member.points import store as points
from services.member.value import posting
from services.member.value import store as lots
from services.member.value.domain import Account, Kind, Terms, Verb
from services.member.value.ledger import Why
from services.member.vault import Vault


class Cards:
    """Order of locks: the member, the card, its lot."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def make(self, tx: Tx, name: str, prefix: str, count: int, valid_days: int) -> Batch:
        """A batch of cards that are worth nothing yet."""
        batch = Batch(uuid7(), name, prefix, count, valid_days, self._clock())
        codes = self.codes(batch)
        await store.add(tx, batch, [(uuid7(), self._lookup(code), code[-4:]) for code in codes])
        return batch

    def codes(self, batch: Batch) -> list[str]:
        """A batch's codes: they follow from its id and our key, so that nobody needs to keep them."""
        numbers = range(batch.count)
        return [
            domain.code(batch.prefix, self._vault.digest("gift card code", batch.batch_id, str(number)))
            for number in numbers
        ]

    async def activate(self, tx: Tx, code: str, amount: int, order_id: str | None) -> Card:
        """The sale: from here on the card is worth something."""
        card, now = await self._by_code(tx, code), self._clock()
        card.require(now, State.MADE)
        await self.sell(tx, card, amount, order_id, now)
        return await self.find(tx, code)

    async def sell(self, tx: Tx, card: Card, amount: int, order_id: str | None, now: datetime) -> None:
        """Makes a new card worth so much."""
        await store.sold(tx, card.card_id, now, order_id)
        ends = now + timedelta(days=card.valid_days) if card.valid_days else None
        terms = Terms(name=f"*{card.ending}")
        lot = posting.new(card.card_id, None, Kind.GIFT_CARD, card.batch_id, now, ends, terms)
        await posting.issue(tx, [(lot, amount)], Why(card.batch_id, now, "SALE", order_id))

    async def find(self, tx: Tx, code: str) -> Card:
        """A card by what its holder reads out."""
        return await self._by_code(tx, code)

    async def assign(self, tx: Tx, code: str, member_id: str) -> Card:
        """Into a member's wallet; again into the same is nothing new."""
        await members.require_member(tx, member_id)
        member_id = (await points.lock_meant(tx, [member_id]))[0][member_id]
        card = await self._by_code(tx, code)
        if card.member_id != member_id:
            card.require(self._clock(), *LIVE)
            if card.member_id is not None:
                raise domain.CardState("this card is somebody's", card_id=card.card_id, state="ASSIGNED")
            await lots.assign(tx, card.card_id, member_id)
        return card

    async def cancel(self, tx: Tx, card_id: str, reason: str) -> Card:
        """Takes what is left off a card."""
        card = await store.by_id(tx, card_id)
        if card is None:
            raise domain.CardUnknown("no such card", field="card_id", card_id=card_id)
        now = self._clock()
        if card.cancel_time is None:
            card.require(now, State.MADE, *LIVE)
            await deactivate(tx, [card_id], now, reason)
        found = await store.by_id(tx, card_id)
        assert found is not None, "locked above"
        return found

    async def _by_code(self, tx: Tx, code: str) -> Card:
        card = await store.by_code(tx, self._lookup(domain.read(code)))
        if card is None:
            raise domain.CardUnknown("no gift card has this code", field="code")
        return card

    def _lookup(self, code: str) -> bytes:
        return self._vault.digest("gift card", code)


async def deactivate(tx: Tx, card_ids: Sequence[str], now: datetime, reason: str) -> int:
    """Ends cards: what orders under way hold of them stays theirs."""
    await store.cancelled(tx, card_ids, now, reason)
    live = [(lot, lot.active) for lot in (await lots.lock(tx, card_ids)).values() if lot.active]
    for lot, amount in live:
        why = Why(f"{lot.lot_id}:{now.isoformat()}", now, reason)
        await posting.move(tx, Verb.ADJUST, [(lot, amount)], Account.ACTIVE, Account.VOID, why)
    return len(live)
