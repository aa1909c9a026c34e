"""The outermost layer of the HTTP door: request id, trace, body limit, security headers, measure.

Plain ASGI: Starlette's BaseHTTPMiddleware would run the route in another
task, which loses what the request's context holds.
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.responses import Response

from gateway.http import permissions, problems
from kit import ids
from kit.telemetry import logs, metrics, traces

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logs.get(__name__)

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
]
_SECURE = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_NO_STORE = (b"cache-control", b"no-store")
_BULK = {(method, path): route.body for (method, path), route in permissions.TABLE.items() if route.body}


class Edge:
    """Wraps the application; nothing reaches it around this."""

    def __init__(self, app: App, *, production: bool, trusted_hops: int) -> None:
        self._app = app
        self._always = [*_ALWAYS, _SECURE] if production else _ALWAYS
        self._hops = trusted_hops
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything but HTTP is not for us."""
        if scope["type"] != "http":
            return
        self.in_flight += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self.in_flight -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = ids.uuid7()
        logs.request_id.set(request_id)
        # what we alone may say is dropped when a caller says it
        scope["headers"] = [pair for pair in scope["headers"] if not pair[0].startswith(b"x-omo-")]
        scope["client"] = (self._client(scope), 0)
        outcome = _Outcome(scope, [*self._always, (b"x-request-id", request_id.encode())], send)
        # a trace of our own: whoever calls from outside does not choose what we record
        with outcome, traces.span(scope["method"], kind=SpanKind.SERVER) as span:
            limited = _Limited(scope, receive)
            try:
                limited.check()
                await self._app(scope, limited, outcome)
            except problems.BodyTooLarge as fault:
                await outcome.answer(problems.render(fault), scope, receive)
            except Exception as error:  # what no route rendered
                await outcome.answer(problems.render(error), scope, receive)
            span.update_name(f"{scope['method']} {outcome.route}")
            span.set_attribute("http.response.status_code", outcome.status)
            if outcome.status >= 500:
                span.set_status(Status(StatusCode.ERROR))

    def _client(self, scope: Scope) -> str:
        """The caller's address: the connection's, or as far back as our own proxies vouch for."""
        address = scope["client"][0] if scope.get("client") else ""
        if not self._hops:
            return str(address)
        named = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = [part.strip() for part in b",".join(named).decode("latin-1").split(",") if part.strip()]
        return hops[-self._hops] if len(hops) >= self._hops else str(address)


class _Limited:
    """The request's body, up to its route's limit."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._left = self._limit = _BULK.get((scope["method"], scope["path"]), permissions.BODY)
        self._said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")

    def check(self) -> None:
        """Refuses what says itself that it is too large, before a byte of it is read."""
        if not self._said.isdigit() or int(self._said) > self._limit:
            raise self._refusal

    @property
    def _refusal(self) -> problems.BodyTooLarge:
        return problems.BodyTooLarge("the body is too large", domain=problems.DOMAIN, limit=self._limit)

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise self._refusal
        return message


class _Outcome:
    """What was answered, with the headers that every answer carries."""

    def __init__(self, scope: Scope, headers: list[tuple[bytes, bytes]], send: Send) -> None:
        self._scope = scope
        self._headers = headers
        self._send = send
        self._started = time.perf_counter()
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", ()))
            if not any(name.lower() == _NO_STORE[0] for name, _ in given):
                given.append(_NO_STORE)
            message["headers"] = given + self._headers
        await self._send(message)

    async def answer(self, response: Response, scope: Scope, receive: Receive) -> None:
        """Answers in the application's place, unless it has begun to."""
        if self.status == 0:
            await response(scope, receive, self)

    @property
    def route(self) -> str:
        """The path as the route declares it: labels never hold an id."""
        return getattr(self._scope.get("route"), "path_format", "unknown")

    def __enter__(self) -> None:
        """Time runs since it was made."""

    def __exit__(self, *_: object) -> None:
        taken = time.perf_counter() - self._started
        metrics.HTTP_SECONDS.labels(self.route, self._scope["method"], str(self.status)).observe(taken)
