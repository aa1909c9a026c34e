"""Keeps who an online order's invoice is for: before the order begins, and anew while none was issued."""

from dataclasses import replace
from datetime import timedelta

from kit import faultpoints, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from services.order.invoices import domain_buyer, store, store_reads
from services.order.invoices.domain import Buyer
from services.order.invoices.seals import Seals
from services.order.invoices.usecases_settle import SETTLE

# a saga is rarely much slower
_LOOK_AFTER = timedelta(seconds=3)

faultpoints.register("invoices.kept")


class Keeping:
    """Where the brand issues no invoices, nobody asks for this."""

    def __init__(self, db: Database, clock: Clock, seals: Seals) -> None:
        self._db = db
        self._clock = clock
        self._seals = seals

    async def keep(self, order_id: str, member_id: str | None, said: Buyer | None) -> None:
        """An order is about to begin; one that never does is forgotten again."""
        buyer = said or domain_buyer.checked(domain_buyer.Said(), member=member_id is not None)
        now = self._clock()
        async with self._db.transaction() as tx:
            await store.keep(tx, self._seals.close(order_id, buyer), now)
            await timers.schedule(tx, SETTLE, order_id, now + _LOOK_AFTER, now.isoformat().encode())
        faultpoints.hit("invoices.kept")

    def known(self, asked: Request) -> Request:
        """The request as it may be kept where it says who a buyer is."""
        return replace(asked, fingerprint=self._seals.request(asked.fingerprint))

    async def change(self, tx: Tx, order_id: str, buyer: Buyer) -> bool:
        """Another buyer; whoever settles waits for it. False: an invoice was issued for the first, or none is to be."""
        if await store_reads.lock(tx, order_id) is None or await store.issued(tx, order_id):
            return False
        await store.rename(tx, self._seals.close(order_id, buyer))
        return True
