"""What a guest does with an order of his by its link: look, and cancel."""

from datetime import datetime

from kit import access, attempts
from kit.access import Kind, NotYours, Principal
from kit.clock import Clock
from kit.postgres import Database
from kit.requests import Request
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from services.order.checkout import store_reads
from services.order.checkout.usecases_cancel import Cancellations
from services.order.checkout.usecases_reads import OrderBook
from services.order.guests import domain, store
from services.order.guests.domain import GuestLinkInvalid, GuestLinkLimited
from services.order.guests.links import GuestLinks


class GuestOrders:
    """Whoever has the secret of an order is its guest, and does as he could with his token."""

    def __init__(
        self, db: Database, clock: Clock, links: GuestLinks, book: OrderBook, cancellations: Cancellations
    ) -> None:
        self._db = db
        self._clock = clock
        self._links = links
        self._book = book
        self._cancellations = cancellations

    async def link(self, order_id: str) -> str:
        """The secret, to the guest himself."""
        async with self._db.read() as tx:
            if not await store_reads.visible(tx, order_id, access.current()):
                raise NotYours("no such order", field="order_id", order_id=order_id)
        return self._links.make(order_id)

    async def get(self, order_id: str, secret: str, address: str) -> order_pb2.Order:
        """The order as its guest sees it."""
        with access.acting_as(await self._guest(order_id, secret, address)):
            return await self._book.get(order_id)

    async def cancel(self, asked: pb.CancelOrderRequest, secret: str, address: str) -> order_pb2.Order:
        """Cancels it under the guest's own key: by his token or by the link, once is once."""
        with access.acting_as(await self._guest(asked.order_id, secret, address)):
            request = Request.of("OrderService/CancelOrder", asked)
            return (await self._cancellations.cancel(request, asked.order_id, asked.reason)).order

    async def _guest(self, order_id: str, secret: str, address: str) -> Principal:
        """Whose the order is; a wrong secret is refused before the order is looked for, and counted.

        Who has the right one has not guessed: whatever became of the order, and whoever guesses in his network.
        """
        now = self._clock()
        guest_id = None
        if self._links.fits(order_id, secret):
            async with self._db.read() as tx:
                guest_id = await store.owner(tx, order_id, now - domain.LINK_LIVES)
        else:
            await self._missed(self._links.scope(attempts.network(address)), now)
        if guest_id is None:
            raise GuestLinkInvalid("no such order and secret", field="secret")
        return Principal(Kind.GUEST, guest_id, audience="guest")

    async def _missed(self, scope: bytes, now: datetime) -> None:
        """Counts a wrong secret; refuses to hear more of them where there were too many."""
        async with self._db.read() as tx:
            wait = attempts.wait(await store.misses(tx, scope), domain.MISSES, now)
        if wait:
            seconds = int(wait.total_seconds()) + 1
            raise GuestLinkLimited(f"too many links were wrong: wait {seconds} s", retry_after=seconds)
        async with self._db.transaction() as tx:
            await store.miss(tx, scope, now, now - domain.KEPT)
