"""Makes a past sale to nobody known a member's."""

import uuid
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kit import access, attempts, outbox, requests
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from omo.order.v1 import sales_service_pb2 as pb
from services.order.checkout import store_reads
from services.order.invoices import domain_numbers
from services.order.invoices.seals import Seals
from services.order.reference import store_aliases
from services.order.returns import telling
from services.order.sales import domain_claims, store_claims, wire_claims
from services.order.sales.domain_claims import Asked, ClaimLimited, Proof, Receipt, SaleUnknown, Sold, Span

# tills' clocks may be ahead of ours
_AHEAD = timedelta(minutes=5)


class Claims:
    """Late matches: what follows is the listeners' to compute, as of the sale's own time."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo, days: int, seals: Seals) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone
        self._window = timedelta(days=days)
        self._seals = seals

    async def claim(self, request: pb.ClaimSaleRequest) -> pb.ClaimSaleResponse:
        """Once; a wrong receipt is counted, though the call is refused."""
        member_id, receipt, proof = self._asked(request)

        async def work(tx: Tx) -> pb.ClaimSaleResponse:
            sold = await self._sold(tx, member_id, receipt)
            if sold.member_id is None:
                await self._give(tx, sold, member_id, proof)
            return wire_claims.claimed(sold)

        asked = requests.Request.of("ClaimSale", request)
        await self._refuse_guessing(member_id)
        try:
            return await requests.once(self._db, asked, work, pb.ClaimSaleResponse)
        except SaleUnknown:
            async with self._db.transaction() as tx:
                now = self._clock()
                await store_claims.miss(tx, member_id, now, now - domain_claims.KEPT)
            raise

    async def _refuse_guessing(self, member_id: str) -> None:
        async with self._db.read() as tx:
            wait = attempts.wait(await store_claims.misses(tx, member_id), domain_claims.MISSES, self._clock())
        if wait:
            seconds = int(wait.total_seconds()) + 1
            raise ClaimLimited(f"too many receipts were wrong: wait {seconds} s", retry_after=seconds)

    async def _sold(self, tx: Tx, member_id: str, receipt: Receipt) -> Sold:
        span = self._span(receipt)
        asked = Asked(
            receipt, _uuid(receipt.receipt_no),
            domain_numbers.whole(receipt.receipt_no),
            domain_numbers.between(span.oldest, self._clock() + _AHEAD, self._zone),
            self._seals.carrier(receipt.carrier) if receipt.carrier else None,
        )  # fmt: skip
        found = await store_claims.find(tx, asked, span)
        meant, field = (await store_aliases.ids(tx, member_id))[0], domain_claims.named_by(receipt)
        sold = domain_claims.chosen(found, meant, field)
        if sold is None:
            raise SaleUnknown("no such sale, or more than one", field=field)
        return sold

    async def _give(self, tx: Tx, sold: Sold, member_id: str, proof: Proof) -> None:
        now = self._clock()
        await store_claims.claim(tx, sold.order_id, member_id, proof, now, access.current().actor)
        (order,) = await store_reads.orders(tx, [sold.order_id])
        await outbox.append(tx, wire_claims.event(order, now))
        await telling.again(tx, order)

    def _span(self, receipt: Receipt) -> Span:
        """When it may have been; a day on which nothing can be had any more, or yet, is that of no sale."""
        now = self._clock()
        oldest, latest = now - self._window, now + _AHEAD
        if receipt.day is None:
            return Span(oldest, oldest, latest)
        if not oldest.astimezone(self._zone).date() <= receipt.day <= latest.astimezone(self._zone).date():
            raise SaleUnknown("no sale of that day can be claimed", field="day")
        start = datetime.combine(receipt.day, time(), tzinfo=self._zone).astimezone(UTC)
        end = datetime.combine(receipt.day + timedelta(days=1), time(), tzinfo=self._zone).astimezone(UTC)
        return Span(oldest, max(start, oldest), end)

    def _asked(self, request: pb.ClaimSaleRequest) -> tuple[str, Receipt, Proof]:
        member_id, receipt = wire_claims.receipt(request)
        access.require_member(member_id)
        shopper = access.current().kind is Kind.MEMBER
        # a till sees hundreds of carriers a day, and they stay the same: by itself one proves nothing
        if (shopper or receipt.carrier) and (receipt.day is None or receipt.grand_total is None):
            raise invalid("day", "must be said, and grand_total: they are on the receipt")
        if shopper:
            return member_id, receipt, Proof.CARRIER if receipt.carrier else Proof.RECEIPT
        if access.current().kind is not Kind.HQ:
            if receipt.location_id is None:
                raise invalid("location_id", "must name one of your stores")
            access.require_location(receipt.location_id)
        return member_id, receipt, Proof.STAFF


def _uuid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
