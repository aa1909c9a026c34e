"""The examples about promotion rules: checked, published, retired and rehearsed."""

from typing import Any


async def publish(reader: Any) -> None:
    """Leaves the example's rules in force."""
    send = reader.send
    assert await send("POST", "/v1/hq/rules/check") == {"faults": [], "warnings": []}
    first = await send("PUT", "/v1/hq/rules")
    retired = await send("POST", "/v1/hq/rules/retire")
    assert int(retired["version"]) == int(first["version"]) + 1
    assert (await send("GET", "/v1/hq/rules"))["rules"]["rules"] == []
    await send("PUT", "/v1/hq/rules")
    versions = (await send("GET", "/v1/hq/rules/versions"))["versions"]
    assert [one["reason"] for one in versions] == ["winter campaign", "winter is over", "winter campaign"]
    assert (await send("POST", "/v1/hq/rules/rehearse"))["unpriced_orders"] == 0
