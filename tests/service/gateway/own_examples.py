"""The examples about what a member sees of herself."""

from typing import Any


async def look(reader: Any) -> None:
    """Standing, points, wishes, and who looks after the member."""
    send = reader.send
    for path in ("", "/standing", "/points", "/wishes"):
        await send("GET", f"/v1/me{path}")
    token = (await send("POST", "/v1/staff/token"))["token"]
    assert (await send("POST", "/v1/me/binding", token=token))["binding"]["staff_code"] == "A102"
    await send("GET", "/v1/me/binding")
    await send("POST", "/v1/me/wishes", 201)
    await send("DELETE", "/v1/me/wishes/{sku}", 204, sku="COAT-CAMEL-M")
