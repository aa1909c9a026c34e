"""How the owners of a return's consequences say that each ended."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.attribution.v1 import attribution_events_pb2 as attribution
from omo.inventory.v1 import stock_events_pb2 as inventory
from omo.member.v1 import member_events_pb2 as member
from services.order.returns.boards import Boards
from services.order.returns.domain_board import ATTRIBUTION, INVENTORY, MEMBER

Settled = inventory.ReversalSettled | member.ReversalSettled | attribution.ReversalSettled


class ReturnReactions:
    """One method for each owner."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def handlers(self) -> list[On[Any]]:
        return [
            On.many(inventory.ReversalSettled, self.on_stock_settled),
            On.many(member.ReversalSettled, self.on_value_settled),
            On.many(attribution.ReversalSettled, self.on_credit_settled),
        ]

    async def on_stock_settled(self, tx: Tx, events: list[inventory.ReversalSettled]) -> None:
        """The goods are where they were received."""
        await self._hear(tx, INVENTORY, events)

    async def on_value_settled(self, tx: Tx, events: list[member.ReversalSettled]) -> None:
        """Points, tier, credit, cards, packs, coupons."""
        await self._hear(tx, MEMBER, events)

    async def on_credit_settled(self, tx: Tx, events: list[attribution.ReversalSettled]) -> None:
        """Whoever was credited is credited no more."""
        await self._hear(tx, ATTRIBUTION, events)

    async def _hear(self, tx: Tx, owner: str, events: Iterable[Settled]) -> None:
        told = [
            (owner, one.reversal, one.meta.business_time.ToDatetime(UTC)) for one in events if one.reversal.refund_id
        ]
        await self._boards.hear(tx, told)
