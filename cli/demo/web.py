"""A client of the HTTP API, as any shop's app is one."""

import asyncio
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from cli.stack.trouble import Trouble
from kit.ids import uuid7

_WITHIN, _PAUSE = 30.0, 0.2
_LATE, _RUNNING = "DEADLINE_EXCEEDED", "REQUEST_RUNNING"


class Refusal(Trouble):
    """The API refused: what its problem document says."""

    def __init__(self, asked: str, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(
            f"{asked} was refused: {status} {problem.get('reason')}, {problem.get('detail')}",
            f"the trace id is {problem.get('trace_id')}: look for it in OMO_HOME/log",
        )
        self.status = status
        self.problem = problem
        self.headers = headers

    @property
    def reason(self) -> str:
        return str(self.problem.get("reason"))

    @property
    def metadata(self) -> dict[str, str]:
        found: dict[str, str] = self.problem.get("metadata") or {}
        return found


class Web:
    """The API; `as_` gives the same door to somebody who has signed in."""

    def __init__(self, url: str, token: str = "", client: httpx.AsyncClient | None = None) -> None:
        self._client = client or httpx.AsyncClient(base_url=url, trust_env=False, timeout=_WITHIN)
        self._token = token

    def as_(self, token: str) -> "Web":
        """The same connection with another token."""
        return Web("", token, self._client)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, **query: Any) -> Any:
        """The answer's document."""
        return (await self.ask("GET", path, params=query)).json()

    async def post(self, path: str, body: Any = None, key: str = "") -> Any:
        """The answer's document; without a key of its own a call gets a fresh one."""
        return self._document(await self.ask("POST", path, body, key))

    async def put(self, path: str, body: Any, key: str = "") -> Any:
        return self._document(await self.ask("PUT", path, body, key))

    async def delete(self, path: str) -> None:
        await self.ask("DELETE", path)

    async def ask(
        self, method: str, path: str, body: Any = None, key: str = "", params: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """The whole answer; raises Refusal with the problem document.

        That the gateway had no answer in time is no refusal: it may have happened all the same, so the same key asks
        again.
        """
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if method != "GET":
            headers["Idempotency-Key"] = key or uuid7()
        end, unknown = time.monotonic() + _WITHIN, {_LATE}
        while True:
            response = await self._client.request(method, path, json=body, headers=headers, params=params)
            if response.is_success:
                return response
            kind = response.headers.get("content-type", "")
            problem = response.json() if "json" in kind else {"detail": response.text}
            if problem.get("reason") not in unknown or time.monotonic() > end:
                raise Refusal(f"{method} {path}", response.status_code, problem, response.headers)
            unknown.add(_RUNNING)  # what was late may be under way yet
            await asyncio.sleep(float(response.headers.get("Retry-After", _PAUSE)))

    def stream(self, path: str) -> Any:
        """Server-sent events, as httpx streams them."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._client.stream("GET", path, headers=headers)

    @staticmethod
    def _document(response: httpx.Response) -> Any:
        return response.json() if response.content else None
