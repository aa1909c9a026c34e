"""Invoice numbers as reference data: whose till draws from which run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from omo.order.v1 import invoice_events_pb2 as events
from omo.order.v1 import invoice_service_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2 as link

Asked = Callable[[Any, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Order's blocks of this period and the next."""

    stub: Any
    asked: Asked

    async def everything(self) -> AsyncIterator[link.Reference]:
        """All of them; each till draws from those that name it."""
        found = await self.asked(self.stub.ListBlocks, pb.ListBlocksRequest())
        for block in found.blocks:
            yield link.Reference(invoice_block=block)


def block(event: events.InvoiceBlockChanged) -> link.Reference:
    """A run that was allotted just now."""
    return link.Reference(invoice_block=event.block)
