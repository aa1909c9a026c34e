"""Answers the reversal board for invoices: order itself owns that consequence."""

from kit.clock import Clock
from kit.postgres import Tx
from omo.type.v1 import reversal_pb2
from services.order.invoices import store_uploads
from services.order.returns.boards import Boards
from services.order.returns.domain_board import ORDER


class InvoiceBoard:
    """Done once everything of an order has been handed in; refused while the provider says no."""

    def __init__(self, clock: Clock, boards: Boards) -> None:
        self._clock = clock
        self._boards = boards

    async def settled(self, tx: Tx, order_id: str, refusal: str) -> None:
        """Nothing of the order is on its way any more."""
        now = self._clock()
        refused = reversal_pb2.REVERSAL_STATE_REFUSED
        state = refused if refusal else reversal_pb2.REVERSAL_STATE_DONE
        told = [
            (
                ORDER,
                reversal_pb2.Reversal(
                    refund_id=refund_id, order_id=order_id, kind=reversal_pb2.REVERSAL_KIND_INVOICE, state=state,
                    amount=0 if refusal else worth, reason=refusal[:64],
                ),
                now,
            )
            for refund_id, worth in await store_uploads.reversals(tx, order_id)
        ]  # fmt: skip
        await self._boards.hear(tx, told)
