"""What of store sales leaves later or from elsewhere becomes tasks, as of an online order; the till has the money."""

from collections.abc import Mapping, Sequence

from google.protobuf.message import Message

from kit import access
from kit.clock import Clock
from kit.outbox import Origin
from kit.postgres import Tx
from services.order.checkout import store_reads
from services.order.checkout.contacts import ContactIds
from services.order.checkout.fulfilling import Confirmed, Fulfilling
from services.order.sales import store_later
from services.order.sales.domain import Finding, Flag
from services.order.sales.wire import Sale


class Later:
    """Sales of which all is carried out cost nothing here."""

    def __init__(self, clock: Clock, fulfilling: Fulfilling, contacts: ContactIds, shipping: Mapping[str, int]) -> None:
        self._clock = clock
        self._fulfilling = fulfilling
        self._contacts = contacts
        self.shipping = shipping

    async def check(self, sales: Sequence[Sale]) -> None:
        """A contact that is not the member's is nobody's: the goods wait for somebody who knows where to."""
        for sale in sales:
            if sale.later and sale.later.contact_id:
                try:
                    sale.later.contact_id = await self._contacts.own(sale.later.contact_id, sale.named.member_id)
                except access.NotYours:
                    sale.findings.append(Finding(Flag.CONTACT_UNKNOWN, sale.later.contact_id))
                    sale.later.contact_id = ""

    async def take(self, tx: Tx, sales: Sequence[Sale]) -> list[Message]:
        """Opens the tasks of places that were named; whoever ships the rest is chosen by sourcing."""
        given = [(sale, sale.later) for sale in sales if sale.later]
        if not given:
            return []
        heads = [(sale.order_id, one.contact_id, one.masked_name, one.document) for sale, one in given]
        places = [(sale.order_id, number, place) for sale, one in given for number, place in one.places.items()]
        await store_later.put(tx, heads, places)
        found = await store_reads.orders(tx, [sale.order_id for sale, _ in given])
        origin, now = Origin.here(), self._clock()
        return await self._fulfilling.open(tx, [Confirmed(order, now, origin) for order in found])
