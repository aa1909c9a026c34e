"""Whether a process is ready to work: its own /readyz says so."""

import httpx

from cli.fleet.plan import Place


async def ready(place: Place) -> bool:
    """Asks the process itself; False when it cannot answer yet."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            return (await client.get(f"http://{place.metrics}/readyz")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
