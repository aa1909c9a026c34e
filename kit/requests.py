"""Answers an unsafe request once: asked again it is not done again, but answered the same."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import asyncpg
from google.protobuf.message import Message

from kit import access, faultpoints
from kit.errors import Code, Fault, invalid
from kit.postgres import Database, Tx
from kit.rpc import trailers

R = TypeVar("R", bound=Message)

REPLAYED = "omo-replayed"

_CLAIM = """
INSERT INTO requests (request_id, principal, rpc, fingerprint, for_ever) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (request_id, principal, rpc) DO NOTHING RETURNING true
"""
_RECORD = """
INSERT INTO requests (request_id, principal, rpc, fingerprint, for_ever, aggregate_id, answer)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (request_id, principal, rpc) DO UPDATE SET aggregate_id = excluded.aggregate_id, answer = excluded.answer
 WHERE requests.answer IS NULL AND requests.fingerprint = excluded.fingerprint
RETURNING true
"""
_FIND = """
SELECT fingerprint, aggregate_id, answer FROM requests WHERE request_id = $1 AND principal = $2 AND rpc = $3
"""

faultpoints.register("requests.before_commit", "requests.after_commit")


class RequestReused(Fault):
    """The same key with another body."""

    code = Code.INVALID_ARGUMENT
    reason = "REQUEST_REUSED"

    def __init__(self, message: str, **named: str) -> None:
        super().__init__(message, field="request_id", rule="must be a new one for another body")
        self.metadata.update(named)


class RequestRunning(Fault):
    """The first request with this key has not ended yet."""

    code = Code.ABORTED
    reason = "REQUEST_RUNNING"


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two calls the same one. A device's facts are known for ever, a person's key for 72 hours."""

    principal: str
    rpc: str
    request_id: str
    fingerprint: bytes
    for_ever: bool = False

    @classmethod
    def of(cls, rpc: str, message: Any) -> Self:
        """The current principal's request; the fingerprint covers everything but the request id."""
        if not 1 <= len(message.request_id) <= 255:
            raise invalid("request_id", "must have 1 to 255 characters")
        bare = type(message)()
        bare.CopyFrom(message)
        bare.ClearField("request_id")
        fingerprint = hashlib.sha256(bare.SerializeToString(deterministic=True)).digest()
        principal = access.current()
        who = f"{principal.kind.value}:{principal.id}"
        return cls(who, rpc, message.request_id, fingerprint, principal.kind is access.Kind.DEVICE)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a request; without an answer it was begun (claimed) and is not answered yet."""

    aggregate_id: str
    answer: bytes | None


async def find(tx: Tx, request: Request) -> Stored | None:
    """What is known of this request; refuses the same key with another body."""
    row = await tx.fetchrow(_FIND, request.request_id, request.principal, request.rpc)
    if row is None:
        return None
    if row["fingerprint"] != request.fingerprint:
        raise RequestReused("this request id was used with another body", request_id=request.request_id)
    return Stored(row["aggregate_id"], row["answer"])


async def replay(tx: Tx, request: Request) -> bytes | None:
    """The answer that was given before, or None if this is the first time; marks the reply as a replay."""
    stored = await find(tx, request)
    if stored is None:
        return None
    if stored.answer is None:
        raise RequestRunning("the first request with this id still runs", request_id=request.request_id)
    trailers.add(REPLAYED, "true")
    return stored.answer


async def claim(tx: Tx, request: Request) -> bool:
    """Takes the request; False if it was taken before. Waits for another transaction that is about to."""
    try:
        claimed = await tx.fetchval(_CLAIM, *_key(request))
    except asyncpg.LockNotAvailableError:
        raise RequestRunning("the first request with this id still runs", request_id=request.request_id) from None
    return bool(claimed)


async def record(tx: Tx, request: Request, aggregate_id: str, answer: bytes) -> None:
    """Stores the answer beside the write that it tells of; refuses if somebody else was first."""
    try:
        stored = await tx.fetchval(_RECORD, *_key(request), aggregate_id, answer)
    except asyncpg.LockNotAvailableError:
        stored = None
    if not stored:
        raise RequestRunning("the first request with this id still runs", request_id=request.request_id)


async def once(
    db: Database,
    request: Request,
    work: Callable[[Tx], Awaitable[R]],
    reply_type: type[R],
    *,
    aggregate_id: Callable[[R], str] = lambda _: "",
    look: Callable[[], Awaitable[None]] | None = None,
) -> R:
    """The answer to a request: of `work` the first time, of the first time ever after.

    One transaction holds the claim, the work and the answer, so a refusal
    leaves no trace and may be asked again. What has to be seen, or counted,
    outside of it is done by `look`, which no request that was answered comes to.
    """
    with _alone(db, request):
        if look is not None and (known := await _looked(db, request, look)) is not None:
            return reply_type.FromString(known)
        async with db.transaction() as tx:
            if not await claim(tx, request):
                answer = await replay(tx, request)
                assert answer is not None, "the row that stopped the claim is visible now"
                return reply_type.FromString(answer)
            reply = await work(tx)
            await record(tx, request, aggregate_id(reply), reply.SerializeToString())
            faultpoints.hit("requests.before_commit")
        faultpoints.hit("requests.after_commit")
        return reply


async def _looked(db: Database, request: Request, look: Callable[[], Awaitable[None]]) -> bytes | None:
    known = await _known(db, request)
    if known is None:
        try:
            await look()
        except Fault:
            known = await _known(db, request)  # it may have been answered by another process meanwhile
            if known is None:
                raise
    return known


async def _known(db: Database, request: Request) -> bytes | None:
    async with db.read() as tx:
        return await replay(tx, request)


# Requests that this process is working on. The table alone would be enough, but each impatient repetition would
# hold a connection of the pool while it waits for the first.
_running: set[tuple[int, str, str, str]] = set()


@contextmanager
def _alone(db: Database, request: Request) -> Iterator[None]:
    key = (id(db), request.principal, request.rpc, request.request_id)
    if key in _running:
        raise RequestRunning("the first request with this id still runs", request_id=request.request_id)
    _running.add(key)
    try:
        yield
    finally:
        _running.discard(key)


def _key(request: Request) -> tuple[str, str, str, bytes, bool]:
    return (request.request_id, request.principal, request.rpc, request.fingerprint, request.for_ever)
