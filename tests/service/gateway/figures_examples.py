"""The examples about figures: what headquarters reads of orders, credits and sales."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any


async def figures(reader: Any, order_id: str, member_id: str) -> None:
    """An order, its credits, its week."""
    send = reader.send
    adjusted = await send("POST", "/v1/hq/members/{member_id}/points", member_id=member_id)
    assert adjusted["standing"]["points_active"] == 200
    await send("POST", "/v1/hq/members/find")
    await send("GET", "/v1/hq/members/{member_id}", member_id=member_id)
    orders = (await send("GET", "/v1/hq/orders", query="?state=CONFIRMED&channel_kind=ONLINE"))["orders"]
    assert [one["order_id"] for one in orders] == [order_id]
    await send("GET", "/v1/hq/orders/{order_id}", order_id=order_id)
    await send("GET", "/v1/hq/orders/{order_id}/payments", order_id=order_id)
    await send("GET", "/v1/hq/orders/{order_id}/units/{line_no}", order_id=order_id, line_no=1)
    await send("GET", "/v1/hq/credits", query="?beneficiary=A102")
    await send("GET", "/v1/hq/credits/explain", query=f"?order_id={order_id}&line_no=1")
    await send("GET", "/v1/hq/reviews")
    now = datetime.now(UTC)
    span = f"?start={now - timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}&end={now + timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}"
    sums = (await send("GET", "/v1/hq/sales", query=span))["sums"]
    assert sum(one["revenue"] for one in sums) == 12800
    cells = (await send("GET", "/v1/hq/panorama", query=span))["cells"]
    assert sum(one["driven_online_revenue"] for one in cells) == 12800
    assert json.loads((await reader.http.get("/.well-known/jwks.json")).text)["keys"]
