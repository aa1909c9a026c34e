"""Whether a process is ready to work: its own /readyz, or its open port where it serves no such page."""

import asyncio

import httpx

from cli.fleet.plan import Place


async def ready(place: Place) -> bool:
    """Asks the process itself; False when it cannot answer yet."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            return (await client.get(f"http://{place.metrics}/readyz")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


async def open_port(address: str) -> bool:
    """Whether something listens there."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
