"""The pool of Postgres connections and the transactions on it."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, TypeAlias, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from kit.errors import Code, Fault, invalid
from kit.telemetry import metrics

if TYPE_CHECKING:
    Tx: TypeAlias = PoolConnectionProxy[asyncpg.Record]
else:
    Tx = PoolConnectionProxy

ACQUIRE_TIMEOUT = 0.3
CONNECT_TIMEOUT = 3.0
COMMAND_TIMEOUT = 2.0
# Startup parameters, not SET: they survive the pool and need no right to ALTER ROLE. The server gives up
# before the client does, so that a timeout arrives as an error and not as a torn connection.
_SERVER_SETTINGS = {
    "statement_timeout": "1500ms",
    "lock_timeout": "500ms",
    "idle_in_transaction_session_timeout": "5s",
    "transaction_timeout": "15s",
    "timezone": "UTC",
    "jit": "off",
    # Most statements take arrays, whose length tempts the planner to plan anew each time; tests look at generic plans.
    "plan_cache_mode": "force_generic_plan",
}
_UUID_TEXT, _UUID_DIGITS = 36, 32
LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    # asyncpg's word for a connection whose end was announced while it lay idle
    asyncpg.InternalClientError,
)


class Overloaded(Fault):
    """No connection came free in time."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "OVERLOADED"


class DatabaseAway(Fault):
    """The database cannot be reached; what was sent may have happened all the same."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


class Conflicted(Fault):
    """Two transactions met; the caller may do the same again."""

    code = Code.ABORTED
    reason = "CONFLICT"


# what a loop of ours survives: it says so, waits a little and goes on
TROUBLE = (Fault, asyncpg.PostgresError, *LOST, TimeoutError)


class Connection(asyncpg.Connection):
    """A connection that keeps uuid columns as text and knows whether its transaction told the outbox."""

    appended = False

    def get_reset_query(self) -> str:
        """Nothing: no code sets session state, and a reset would cost a round trip per transaction."""
        return ""

    def note_append(self) -> None:
        """Remembers that this transaction holds events, so that its commit wakes the relay."""
        self.appended = True

    def take_append(self) -> bool:
        """Whether events were appended since the last call."""
        appended, self.appended = self.appended, False
        return appended


class Database:
    """One service's database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool
        self._lent = 0
        self._wakers: list[Callable[[], None]] = []

    @classmethod
    async def open(cls, dsn: str, size: int = 8, patience: float | None = None) -> Self:
        """Connects all of the pool, so that no request pays for it later.

        `patience` is how many seconds a statement may take in a process that
        no caller waits for; its transactions may take ten times as long.
        """
        pool = await asyncpg.create_pool(
            dsn,
            min_size=size,
            max_size=size,
            timeout=CONNECT_TIMEOUT,
            command_timeout=COMMAND_TIMEOUT if patience is None else patience + 1,
            max_inactive_connection_lifetime=0,
            statement_cache_size=512,
            max_cached_statement_lifetime=0,
            max_queries=1_000_000,
            connection_class=Connection,
            init=_prepare,
            server_settings=_SERVER_SETTINGS if patience is None else _patient(patience),
        )
        return cls(pool)

    async def close(self) -> None:
        """Closes the pool; calls that still run get a few seconds to end."""
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    def on_append(self, waker: Callable[[], None]) -> None:
        """Has `waker` called after each commit of this process that appended events."""
        self._wakers.append(waker)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """A transaction that commits at the end of the block and rolls back if it raises."""
        async with self._acquire() as tx:
            connection = cast(Connection, tx)
            connection.take_append()
            async with tx.transaction():
                yield tx
            if connection.take_append():
                self._wake()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A connection without BEGIN, for single statements: two round trips cheaper than a transaction."""
        async with self._acquire() as tx:
            yield tx

    async def reachable(self) -> bool:
        """Whether a statement gets through right now."""
        try:
            async with self.read() as tx:
                await tx.fetchval("SELECT 1")
        except TROUBLE:
            return False
        return True

    def in_use(self) -> int:
        """Connections that are lent out."""
        return self._lent

    @asynccontextmanager
    async def _acquire(self) -> AsyncIterator[Tx]:
        started = time.perf_counter()
        try:
            tx = await self.pool.acquire(timeout=ACQUIRE_TIMEOUT)
        except TimeoutError:
            raise Overloaded("no database connection came free in time") from None
        except LOST as error:
            raise DatabaseAway("the database cannot be reached") from error
        finally:
            metrics.DB_POOL_WAIT_SECONDS.observe(time.perf_counter() - started)
        self._lend(1)
        try:
            yield tx
        finally:
            self._lend(-1)
            # shielded by asyncpg itself: a cancelled caller cannot lose the connection
            await self.pool.release(tx)

    def _lend(self, change: int) -> None:
        # counted here: asking the pool looks at each of its connections, twice for every statement
        self._lent += change
        metrics.DB_POOL_IN_USE.set(self._lent)

    def _wake(self) -> None:
        for waker in self._wakers:
            waker()


def as_fault(error: BaseException) -> Fault | None:
    """What a database error means to a caller; None where it is a fault of ours (INTERNAL)."""
    if isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError | asyncpg.LockNotAvailableError):
        return Conflicted("another change was in the way")
    if isinstance(error, asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError):
        return invalid("text", "must not hold the character NUL")
    if isinstance(error, asyncpg.QueryCanceledError | asyncpg.OutOfMemoryError | TimeoutError):
        return Overloaded("the database took too long")
    return DatabaseAway("the database cannot be reached") if _is_lost(error) else None


def _is_lost(error: BaseException) -> bool:
    """Narrower than LOST: here any code may have raised it, and its own faults are no outage."""
    if isinstance(error, asyncpg.InterfaceError):
        return "clos" in str(error)  # closed or closing; its other uses are mistakes in our own calls
    return isinstance(error, LOST) and (isinstance(error, ConnectionError) or not isinstance(error, OSError))


def is_away(error: BaseException) -> bool:
    """Whether the database (or a service) could not be reached: no fault of what was being done."""
    fault = error if isinstance(error, Fault) else as_fault(error)
    return fault is not None and fault.code is Code.UNAVAILABLE


def _patient(seconds: float) -> dict[str, str]:
    whole = f"{seconds * 10:.0f}s"
    waits = {"transaction_timeout": whole, "idle_in_transaction_session_timeout": whole}
    return _SERVER_SETTINGS | waits | {"statement_timeout": f"{seconds * 1000:.0f}ms"}


async def _prepare(connection: Any) -> None:
    # binary both ways; built-in type, so this costs no query
    await connection.set_type_codec(
        "uuid",
        schema="pg_catalog",
        format="binary",
        encoder=_from_uuid,
        decoder=_to_uuid,
    )


def _from_uuid(text: str) -> bytes:
    """The bytes of an id; `uuid` reads more spellings, and costs ten times as much."""
    if len(text) == _UUID_TEXT and len(given := text.replace("-", "")) == _UUID_DIGITS and given.isalnum():
        return bytes.fromhex(given)
    return uuid.UUID(text).bytes


def _to_uuid(data: bytes) -> str:
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
