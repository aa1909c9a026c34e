"""What shoppers can order before it is there."""

import time
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.shapes.ahead import ShownPreorder, ShownPreorders
from kit.errors import Fault
from omo.order.v1 import preorder_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Catalogue"])

# a page of a product may be so old: its offer is asked anew when it is ordered
_FRESH = 5.0
_CHANNELS = 64
Channel = Annotated[str, Query(min_length=1, max_length=64, examples=["web"], description="Where it is bought.")]
Goods = Annotated[
    list[str], Query(max_length=100, examples=[["CUP-MOON"]], description="Of these goods; none: of all.")
]


class Remembered:
    """The offers of each channel as this process saw them a moment ago: most products have none, and cost no call."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, dict[str, dict[str, Any]]]] = {}

    async def of(self, ask: Ask, channel_id: str, skus: Iterable[str]) -> list[dict[str, Any]]:
        """The offers of these goods; none where order does not answer: a product is shown all the same."""
        known = self._seen.get(channel_id)
        if known is None or time.monotonic() - known[0] > _FRESH:
            try:
                reply = await ask(ask.to.preorders.ShowPreorders, pb.ShowPreordersRequest(channel_id=channel_id))
            except Fault:
                return []
            if len(self._seen) >= _CHANNELS:
                self._seen.clear()
            offers = {one.sku: translation.show(ShownPreorder, one) for one in reply.preorders}
            known = self._seen[channel_id] = (time.monotonic(), offers)
        return [known[1][sku] for sku in skus if sku in known[1]]


@router.get("/v1/preorders", operation_id="show_preorders", response_model=ShownPreorders)
async def show_preorders(ask: Asking, channel_id: Channel = "web", sku: Goods = []) -> Response:
    """What can be ordered ahead in a channel, until when, and from when on it is handed over."""
    request = pb.ShowPreordersRequest(channel_id=channel_id, skus=sku)
    return asking.answer(ShownPreorders, await ask(ask.to.preorders.ShowPreorders, request))
