"""What a provider's HTTP answer means for a letter, the same for every provider that speaks HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from services.member.channels import contract
from services.member.channels.contract import Refused, Unknown

# a provider that asks for more patience than this is asked again after it all the same
_LONGEST_WAIT = 3600
_SILENT = {500, 502, 504}


@asynccontextmanager
async def told() -> AsyncIterator[None]:
    """Turns what goes wrong on the way into Refused (it cannot have arrived) or Unknown (it may have)."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        raise Refused(contract.UNAVAILABLE, permanent=False) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unknown(type(error).__name__) from error


def refusal(status: int, headers: Mapping[str, str]) -> Refused | Unknown:
    """What an answer outside 2xx means, where the provider has no words of its own."""
    if status in _SILENT:
        # somewhere behind the one who answers; the letter may be with the next already
        return Unknown(f"status {status}")
    if status == 429:
        return Refused(contract.THROTTLED, permanent=False, retry_after=_seconds(headers))
    if status >= 500:
        return Refused(contract.UNAVAILABLE, permanent=False, retry_after=_seconds(headers))
    if status in (400, 413, 422):
        return Refused(contract.UNSUITABLE, permanent=True)
    # 401, 403, 404, a redirect: nothing that this letter or its address could help
    return Refused(contract.MISCONFIGURED, permanent=False)


def _seconds(headers: Mapping[str, str]) -> int | None:
    given = headers.get("Retry-After", "")
    return min(int(given), _LONGEST_WAIT) if given.isdecimal() else None
