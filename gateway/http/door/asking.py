"""One admitted request, and its way to the services."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Request
from google.protobuf.message import Message
from pydantic import BaseModel
from starlette.responses import Response

from gateway.http.door import translation
from gateway.http.door.feed import Feed
from gateway.http.services import Services
from kit.access import Principal

if TYPE_CHECKING:
    from grpc.aio import UnaryUnaryMultiCallable

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)
M = TypeVar("M", bound=Message)

ASK = "omo.ask"
_REPLAYED = "omo-replayed"


@dataclass(slots=True)
class Ask:
    """Who asks, under which key; calling it asks a service, with the time that the request has left."""

    to: Services
    feed: Feed
    principal: Principal
    key: str
    client: str
    replayed: bool = False

    async def __call__(self, method: "UnaryUnaryMultiCallable[Q, A]", request: Q) -> A:
        """The service's answer; its refusal is raised as it is."""
        call: Any = method(request)
        answer: A = await call
        if self.key:
            said = await call.trailing_metadata() or ()
            self.replayed = self.replayed or any(name == _REPLAYED for name, _ in said)
        return answer

    @property
    def me(self) -> str:
        """The member who asks."""
        return self.principal.id


async def _ask(request: Request) -> Ask:
    found: Ask = request.scope[ASK]
    return found


# what every route takes
Asking = Annotated[Ask, Depends(_ask)]


def answer(model: type[BaseModel], message: Any, status: int = 200) -> Response:
    """A message as its model shows it."""
    return encoded(translation.show(model, message), status)


def encoded(document: Any, status: int = 200) -> Response:
    """A document as JSON."""
    return Response(msgspec.json.encode(document), status, media_type="application/json")


def page(model: type[BaseModel], name: str, messages: Sequence[Message], next_page_token: str) -> Response:
    """One page of a list."""
    return encoded({name: translation.show_all(model, messages), "next_page_token": next_page_token or None})


async def together(*asked: Awaitable[Any]) -> list[Any]:
    """Answers or failures of several services, in order, asked at once."""
    return await asyncio.gather(*asked, return_exceptions=True)


def between(request: M, start: datetime | None, end: datetime | None) -> M:
    """The request with the time that it asks about; a time without an offset is UTC."""
    if start is not None:
        request.start_time.FromDatetime(start)  # type: ignore[attr-defined]  # whatever is asked by time has both
    if end is not None:
        request.end_time.FromDatetime(end)  # type: ignore[attr-defined]
    return request
