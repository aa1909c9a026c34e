"""Facts, counts and campaigns when two members turn out to be one, or two after all."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.engagement import store_joining as store
from services.member.merging.parts import Gain, Merge, Parting
from services.member.segments import store_facts


class _Joining:
    """Rows stay under the id that they came with and are read by every id that means the person: nothing moves.

    Only what is one row a person is made anew: his facts, and when he was last written to. Of two entries in one
    campaign one stands aside; that of two messages of one occasion one goes out is seen when they are sent, and stays
    so when the two are two again: nobody is written to late because somebody was mistaken.
    """

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """What the survivor's facts and queue would gain."""
        messages, orders = await store.waiting(tx, absorbed_id)
        found = (Gain("MESSAGES_WAITING", messages), Gain("ORDERS_KNOWN", orders))
        return [one for one in found if one.count]

    async def join(self, tx: Tx, merge: Merge) -> None:
        """The survivor's facts are of both; who was written to as either was written to."""
        await store_facts.lock(tx, [merge.survivor_id, merge.absorbed_id])
        await store_facts.inherit(tx, merge.survivor_id, merge.absorbed_id)
        await store_facts.drop(tx, [merge.absorbed_id])
        await store_facts.refresh(tx, [merge.survivor_id])
        await store.merge_counts(tx, merge.survivor_id, merge.absorbed_id)
        await store.stand_aside(tx, merge.merge_id, merge.survivor_id, merge.absorbed_id)

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """Each has what came under his own ids; orders heard of since go to whoever they are said to belong to."""
        await store.take_orders(tx, merge.absorbed_id, parting.order_ids)
        await store.come_back(tx, merge.merge_id, merge.survivor_id, parting.member_ids)
        await store_facts.lock(tx, [merge.survivor_id, merge.absorbed_id])
        await store_facts.refresh(tx, [merge.survivor_id, merge.absorbed_id])


PART = _Joining()
