"""Proof from the inside: recomputes sums from journals, and tells how far the service is from quiet."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kit import access, pages
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.schedules import UNFINISHED
from kit.telemetry import metrics
from omo.audit.v1 import audit_service_pb2 as pb
from omo.audit.v1 import audit_service_pb2_grpc

PERMISSIONS: access.Permissions = {
    f"/omo.audit.v1.AuditService/{verb}": (
        "audit.read",
        access.allow(hq={"admin", "analyst"}, service={"operator"}),
    )
    for verb in ("Prove", "GetBacklog", "ListEventIds", "ListOpen")
}

_STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = '60s'"
_TIMEOUT = 60.0
_DRIFTS = 100
_PAGE = 1000
_FIRST = "00000000-0000-0000-0000-000000000000"

_BACKLOG = f"""
SELECT (SELECT count(*) FROM outbox WHERE published_time IS NULL) AS unpublished,
       (SELECT coalesce(extract(epoch FROM now() - min(record_time)) * 1000, 0)::bigint
          FROM outbox WHERE published_time IS NULL) AS oldest_unpublished_ms,
       (SELECT count(*) FROM timers WHERE {UNFINISHED}) + unsettled($1) AS due_timers,
       (SELECT count(*) FROM timers WHERE needs_attention) AS needs_attention,
       (SELECT count(*) FROM dead_letters WHERE replayed_time IS NULL) AS dead_letters
"""

_PUBLISHED = """
SELECT event_id FROM outbox
 WHERE event_id > $1::uuid AND ($2 = '' OR subject LIKE $2 || '.__') ORDER BY event_id LIMIT $3
"""

_CONSUMED = "SELECT event_id FROM inbox WHERE event_id > $1::uuid ORDER BY event_id LIMIT $2"


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant: how many rows it looks at, and the query whose rows are drifts.

    The drift query gives (subject, expected, found, repair), all text, at
    most 100 rows; no rows are a proof.
    """

    name: str
    examined: str
    drifts: str


def word(expression: str) -> str:
    """SQL for the value of an expression as one word of a shell, for commands that a drift names."""
    quoted = f"'''' || replace({expression}, '''', '''' || chr(92) || '''''') || ''''"
    return f"CASE WHEN {expression} ~ '^[A-Za-z0-9_.:/@%+-]+$' THEN {expression} ELSE {quoted} END"


class AuditServicer(audit_service_pb2_grpc.AuditServiceServicer):
    """The audit service of one process's own database."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        checks: Sequence[Check],
        pending: Callable[[], Awaitable[int]],
        open_ids: str = "",
    ) -> None:
        """`open_ids` selects one page of ids, in order: those after $1, $2 at most; empty where nothing is held."""
        self._db = db
        self._clock = clock
        self._checks = checks
        self._pending = pending
        self._open_ids = open_ids

    async def Prove(self, request: pb.ProveRequest, context: Any) -> pb.ProveResponse:  # noqa: ARG002
        """Runs every check in one snapshot, so that checks agree with each other."""
        async with self._db.transaction() as tx:
            await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            await tx.execute(_STATEMENT_TIMEOUT)
            return pb.ProveResponse(checks=[await _prove(tx, check) for check in self._checks])

    async def GetBacklog(self, request: pb.GetBacklogRequest, context: Any) -> pb.GetBacklogResponse:  # noqa: ARG002
        """Counts what is still on its way."""
        now = self._clock()
        pending = await self._pending()
        async with self._db.read() as tx:
            (row,) = await tx.fetch(_BACKLOG, now)
        reply = pb.GetBacklogResponse(pending_events=pending, **dict(row))
        reply.business_time.FromDatetime(now)
        return reply

    async def ListEventIds(self, request: pb.ListEventIdsRequest, context: Any) -> pb.ListEventIdsResponse:  # noqa: ARG002
        """Pages through the outbox or the inbox."""
        size = pages.page_size(request.page_size, default=_PAGE, largest=_PAGE)
        after = request.page_token or _FIRST
        async with self._db.read() as tx:
            if request.side == pb.EVENT_SIDE_PUBLISHED:
                rows = await tx.fetch(_PUBLISHED, after, request.event_name, size)
            elif request.side == pb.EVENT_SIDE_CONSUMED:
                rows = await tx.fetch(_CONSUMED, after, size)
            else:
                raise invalid("side", "must be PUBLISHED or CONSUMED")
        ids = [row["event_id"] for row in rows]
        return pb.ListEventIdsResponse(event_ids=ids, next_page_token=ids[-1] if len(ids) == size else "")

    async def ListOpen(self, request: pb.ListOpenRequest, context: Any) -> pb.ListOpenResponse:  # noqa: ARG002
        """Pages through what the service has open, or holds for others."""
        if not self._open_ids:
            return pb.ListOpenResponse()
        size = pages.page_size(request.page_size, default=_PAGE, largest=_PAGE)
        async with self._db.read() as tx:
            rows = await tx.fetch(self._open_ids, request.page_token or _FIRST, size)
        ids = [row[0] for row in rows]
        return pb.ListOpenResponse(ids=ids, next_page_token=ids[-1] if len(ids) == size else "")


async def _prove(tx: Tx, check: Check) -> pb.Check:
    examined = await tx.fetchval(check.examined, timeout=_TIMEOUT)
    drifts = await tx.fetch(check.drifts, timeout=_TIMEOUT)
    metrics.INVARIANT_VIOLATIONS.labels(check.name).set(len(drifts))
    found = [pb.Drift(**{key: str(value) for key, value in row.items()}) for row in drifts[:_DRIFTS]]
    return pb.Check(name=check.name, examined=examined, drifts=found)
