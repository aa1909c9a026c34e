"""What the journeys' shoppers put into their baskets, and how they pay."""

from collections.abc import Mapping
from typing import Any

from cli.demo import brand
from cli.demo.tale import Tale

SHIRT, SHIRT_PRICE = "SHIRT-WHITE-M", 1_680


def basket(sku: str = SHIRT, quantity: Any = 1, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One good, to be collected in the first store."""
    line = {"sku": sku, "quantity": quantity, "method": "COLLECT", "fulfilment_location_id": brand.STORE}
    return {"channel_id": brand.WEB, "lines": [{**line, **(more or {})}]}


def paid_by(instrument: str, **more: Any) -> dict[str, Any]:
    """A payment choice at the simulator."""
    return {"payment": {"provider": "simulator", "instrument_token": instrument, **more}}


async def to_be_had(tale: Tale, sku: str = SHIRT) -> int:
    """What anybody can have of a good in the first store."""
    found = await tale.web.get("/v1/availability", sku=[sku], location=[brand.STORE])
    available: int = found["levels"][0]["available"]
    return available


async def order_of(tale: Tale, order_id: str) -> dict[str, Any]:
    """The shopper's order now."""
    order: dict[str, Any] = (await tale.app.get(f"/v1/orders/{order_id}"))["order"]
    return order
