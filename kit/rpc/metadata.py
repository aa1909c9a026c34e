"""What travels beside every call: token, actor, trace context and request id."""

from collections.abc import Iterable

from kit import access
from kit.access import Kind
from kit.telemetry import logs, traces
from kit.tokens import ServiceTokens

AUTHORIZATION = "authorization"
ACTOR = "omo-actor"
TRACEPARENT = "traceparent"
REQUEST_ID = "x-request-id"

Pairs = tuple[tuple[str, str | bytes], ...]


def read(pairs: Iterable[tuple[str, str | bytes]] | None, key: str) -> str:
    """The first text value of a key, or nothing."""
    for name, value in pairs or ():
        if name == key and isinstance(value, str):
            return value
    return ""


def bearer(pairs: Iterable[tuple[str, str | bytes]] | None) -> str:
    """The token of an authorization header, or nothing."""
    scheme, _, token = read(pairs, AUTHORIZATION).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def outgoing(tokens: ServiceTokens | None) -> Pairs:
    """The caller's own token if there is one; a service acting by itself sends its own, and names its actor.

    An anonymous caller stays anonymous: the service's token would lend it
    rights that it does not have.
    """
    principal = access.current()
    pairs: list[tuple[str, str | bytes]] = []
    token = principal.token
    if not token and principal.kind is Kind.SERVICE and tokens is not None:
        token = await tokens.get()
    if token:
        pairs.append((AUTHORIZATION, f"Bearer {token}"))
    if principal.kind is Kind.SERVICE:
        pairs.append((ACTOR, principal.actor.encode()))
    for key, value in ((TRACEPARENT, traces.traceparent()), (REQUEST_ID, logs.request_id.get())):
        if value:
            pairs.append((key, value))
    return tuple(pairs)
