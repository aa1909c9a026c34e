"""Store sales that were paid out of vouchers: before the wallet hears of them, their part is held for them."""

from datetime import UTC

from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as events
from omo.type.v1 import spend_pb2
from services.member.vouchers.usecases import Vouchers

_KINDS = (spend_pb2.SPEND_KIND_POINTS, spend_pb2.SPEND_KIND_CREDIT)


class VoucherReactions:
    """One method per event heard."""

    def __init__(self, vouchers: Vouchers) -> None:
        self._vouchers = vouchers

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Settles what was spent without a line."""
        sales = [facts for event in heard for facts in event.sales if facts.spends]
        for facts in sorted(sales, key=lambda facts: (facts.member_id, facts.order_id)):
            for spend in facts.spends:
                if spend.kind in _KINDS and spend.ref and spend.amount > 0:
                    moment = facts.business_time.ToDatetime(UTC)
                    await self._vouchers.settle(tx, spend.ref, facts.order_id, spend.amount, moment)
