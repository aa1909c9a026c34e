"""Somebody who has read the description, and sends what it prints."""

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import TypeAdapter

from tests.harness.fleet import TestFleet
from tests.service.gateway.conftest import described
from tests.service.gateway.test_routes import CALLS, body


@dataclass(slots=True)
class Reader:
    """Somebody who has read the description and sends what it shows."""

    http: httpx.AsyncClient
    fleet: TestFleet
    tokens: dict[str, str] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)

    async def send(
        self,
        method: str,
        path: str,
        /,
        expect: int = 200,
        query: str = "",
        who: str = "",
        cart_token: str = "",
        **changed: Any,
    ) -> Any:
        """The call as it is printed; `changed` replaces what only a running system knows, such as ids."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method != "GET" else {}
        if cart_token:
            headers["Cart-Token"] = cart_token
        part = path.split("/")[2] if path.startswith("/v1/") else ""
        who = who or (part if part in ("staff", "hq") else "shop")
        if who in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        example = body(CALLS[method, path])
        address = path.format(**changed) + query
        fields = {name: value for name, value in changed.items() if f"{{{name}}}" not in path}
        named = {} if example is None else {"json": example | fields}
        answer = await self.http.request(method, address, headers=headers, **named)
        assert answer.status_code == expect, f"{method} {address}: {answer.status_code} {answer.text}"
        self.seen.add((method, path))
        self._check(method, path, answer)
        return answer.json() if answer.content else None

    async def until(self, wanted: Any, *call: Any, **named: Any) -> Any:
        """Asks again until it is so: effects of events take a moment."""
        async with asyncio.timeout(20):
            while not wanted(found := await self.send(*call, **named)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # whoever asks without a pause has used up his minute's calls soon
        return found

    @staticmethod
    def _check(method: str, path: str, answer: httpx.Response) -> None:
        route: Any = next(one for one in described().router.routes if one.path == path and method in one.methods)  # type: ignore[attr-defined]
        if route.response_model is not None and answer.is_success:
            TypeAdapter(route.response_model).validate_json(answer.content)
