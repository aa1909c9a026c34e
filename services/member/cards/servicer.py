"""Gift cards as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, datetime
from typing import Any

from kit import access, fields, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import gift_card_service_pb2 as pb
from omo.member.v1 import gift_card_service_pb2_grpc as rpc
from services.member.cards import store, store_lines, wire, wire_lines
from services.member.cards.domain import Batch
from services.member.cards.guessing import Guessing
from services.member.cards.selling import Selling
from services.member.cards.usecases import Cards
from services.member.value import store as lots
from services.member.value import wire as values

_LAST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
_AT_ONCE, _DAYS, _CODE = 1_000, 36_500, 40


class GiftCardServicer(rpc.GiftCardServiceServicer):
    """Batches, sale, assignment, end."""

    def __init__(
        self, db: Database, clock: Clock, cards: Cards, guessing: Guessing, selling: Selling, page_key: bytes
    ) -> None:
        self._db = db
        self._clock = clock
        self._cards = cards
        self._guessing = guessing
        self._selling = selling
        self._page_key = page_key

    async def MakeGiftCards(self, request: pb.MakeGiftCardsRequest, context: Any) -> pb.MakeGiftCardsResponse:
        """A batch; the stored answer holds no code, they are made again for who asks again."""
        prefix, name = wire.prefix(request.prefix), fields.text("name", request.name, 100)
        if not 1 <= request.count <= _AT_ONCE:
            raise invalid("count", f"must be 1 to {_AT_ONCE}")
        if not 0 <= request.valid_days <= _DAYS:
            raise invalid("valid_days", f"must be 0 to {_DAYS}")

        async def work(tx: Tx) -> pb.MakeGiftCardsResponse:
            made = await self._cards.make(tx, name, prefix, request.count, request.valid_days)
            return pb.MakeGiftCardsResponse(batch=wire.batch(made))

        asked = Request.of("GiftCardService/MakeGiftCards", request)
        answer = await requests.once(self._db, asked, work, pb.MakeGiftCardsResponse)
        batch = Batch(answer.batch.batch_id, name, prefix, request.count, request.valid_days, self._clock())
        answer.codes.extend(self._cards.codes(batch))
        return answer

    async def ListGiftCardBatches(
        self, request: pb.ListGiftCardBatchesRequest, context: Any
    ) -> pb.ListGiftCardBatchesResponse:
        """Newest first."""
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["i"]) if cursor else _LAST
        async with self._db.read() as tx:
            rows = await store.batches(tx, after, size)
        token = ""
        if len(rows) == size:
            last = {"t": rows[-1]["business_time"].isoformat(), "i": rows[-1]["batch_id"]}
            token = pages.encode(last, self._page_key)
        shown = [wire.batch(Batch(*list(row)[:6]), dict(row)) for row in rows]
        return pb.ListGiftCardBatchesResponse(batches=shown, next_page_token=token)

    async def ActivateGiftCard(self, request: pb.ActivateGiftCardRequest, context: Any) -> pb.ActivateGiftCardResponse:
        """The sale."""
        code = fields.text("code", request.code, _CODE)
        order_id = fields.identifier("order_id", request.order_id) if request.order_id else None
        if not 1 <= request.amount <= values.MOST:
            raise invalid("amount", f"must be 1 to {values.MOST}")

        async def work(tx: Tx) -> pb.ActivateGiftCardResponse:
            sold = await self._cards.activate(tx, code, request.amount, order_id)
            return pb.ActivateGiftCardResponse(card=wire.card(sold, self._clock()))

        asked = Request.of("GiftCardService/ActivateGiftCard", request)
        async with self._guessing.watched(code):
            return await requests.once(self._db, asked, work, pb.ActivateGiftCardResponse)

    async def PutGiftCardGood(self, request: pb.PutGiftCardGoodRequest, context: Any) -> pb.PutGiftCardGoodResponse:
        """A good whose lines sell cards."""
        given = wire_lines.good(request.good)

        async def work(tx: Tx) -> pb.PutGiftCardGoodResponse:
            return pb.PutGiftCardGoodResponse(good=wire_lines.shown(await self._selling.put(tx, given)))

        asked = Request.of("GiftCardService/PutGiftCardGood", request)
        return await requests.once(self._db, asked, work, pb.PutGiftCardGoodResponse)

    async def ListGiftCardGoods(
        self, request: pb.ListGiftCardGoodsRequest, context: Any
    ) -> pb.ListGiftCardGoodsResponse:
        """All of them."""
        async with self._db.read() as tx:
            found = await store_lines.every(tx)
        return pb.ListGiftCardGoodsResponse(goods=[wire_lines.shown(one) for one in found])

    async def FindGiftCard(self, request: pb.FindGiftCardRequest, context: Any) -> pb.FindGiftCardResponse:
        """What is left, and by what name it is spent."""
        code = fields.text("code", request.code, _CODE)
        async with self._guessing.watched(code), self._db.transaction() as tx:
            found = wire.card(await self._cards.find(tx, code), self._clock())
        if found.member_id and access.current().kind is access.Kind.MEMBER:
            found.member_id = ""  # whose it is, is nobody else's business
        return pb.FindGiftCardResponse(card=found)

    async def AssignGiftCard(self, request: pb.AssignGiftCardRequest, context: Any) -> pb.AssignGiftCardResponse:
        """Into a wallet."""
        code, member_id = fields.text("code", request.code, _CODE), fields.identifier("member_id", request.member_id)
        access.require_member(member_id)

        async def work(tx: Tx) -> pb.AssignGiftCardResponse:
            card = await self._cards.assign(tx, code, member_id)
            lot = (await lots.lock(tx, [card.card_id]))[card.card_id]
            return pb.AssignGiftCardResponse(card=values.lot(lot, self._clock()))

        asked = Request.of("GiftCardService/AssignGiftCard", request)
        async with self._guessing.watched(code):
            return await requests.once(self._db, asked, work, pb.AssignGiftCardResponse)

    async def CancelGiftCard(self, request: pb.CancelGiftCardRequest, context: Any) -> pb.CancelGiftCardResponse:
        """Its end."""
        card_id, reason = fields.identifier("card_id", request.card_id), fields.text("reason", request.reason, 200)

        async def work(tx: Tx) -> pb.CancelGiftCardResponse:
            card = await self._cards.cancel(tx, card_id, reason)
            return pb.CancelGiftCardResponse(card=wire.card(card, self._clock()))

        asked = Request.of("GiftCardService/CancelGiftCard", request)
        return await requests.once(self._db, asked, work, pb.CancelGiftCardResponse)
