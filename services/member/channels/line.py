"""Messages to LINE users, by the official SDK."""

import asyncio
import uuid
from typing import Any

import aiohttp
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, Configuration, PushMessageRequest, TextMessage
from linebot.v3.messaging.exceptions import ApiException

from services.member.channels import answers, contract
from services.member.channels.contract import Kind, Letter, Refused, Sent

_SECONDS = 5.0
# LINE counts UTF-16 units
_LONGEST = 5000
_ACCEPTED = "x-line-accepted-request-id"
_REQUEST = "x-line-request-id"


class LineChannel:
    """Pushes one text; the retry key is the message id, so LINE itself knows a letter that it has."""

    kind = Kind.LINE.value
    recognises_retries = True

    def __init__(self, token: str, url: str = "", seconds: float = _SECONDS) -> None:
        self._configuration = Configuration(host=url.rstrip("/") or None, access_token=token)
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=seconds / 2)
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def send(self, letter: Letter) -> Sent:
        """One push."""
        if len(letter.text.encode("utf-16-le")) // 2 > _LONGEST:
            raise Refused(contract.UNSUITABLE, permanent=True)
        api = AsyncMessagingApi(await self._open())
        try:
            wanted = PushMessageRequest(to=letter.address, messages=[TextMessage(text=letter.text)])
        except ValueError:  # what its models do not take
            raise Refused(contract.UNSUITABLE, permanent=True) from None
        try:
            async with answers.told():
                reply = await api.push_message_with_http_info(
                    wanted, x_line_retry_key=str(uuid.UUID(letter.message_id)), _request_timeout=self._timeout
                )
        except ApiException as error:
            return _answered(error)
        except ValueError:  # taken, with an answer that the SDK cannot read
            return Sent("")
        return Sent(str((reply.headers or {}).get(_REQUEST, "")))

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _open(self) -> Any:
        async with self._opening:
            if self._client is None:
                self._client = AsyncApiClient(self._configuration)
        return self._client


def _answered(error: ApiException) -> Sent:
    """409 says that the first try arrived; everything else is a refusal, or silence."""
    headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
    if error.status == 409 and _ACCEPTED in headers:
        return Sent(headers[_ACCEPTED])
    if error.status == 400 and "'to'" in str(error.body or ""):
        raise Refused(contract.UNKNOWN_ADDRESS, permanent=True) from None
    raise answers.refusal(error.status or 0, {"Retry-After": headers.get("retry-after", "")}) from None
