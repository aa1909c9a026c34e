"""Runs of the planner, and what they wrote."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kit.ids import uuid7
from kit.postgres import Tx
from services.inventory.planner.rebalance import Proposal
from services.inventory.planning.domain import Lot, LotLine

_LOCK = "SELECT pg_try_advisory_lock(7236721)"
_UNLOCK = "SELECT pg_advisory_unlock(7236721)"
_STATE = "SELECT state FROM planning_runs WHERE run_id = $1"
_BEGIN = """
INSERT INTO planning_runs (run_id, state, as_of, policy_version) VALUES ($1, 'RUNNING', $2, $3)
ON CONFLICT (run_id) DO UPDATE SET state = 'RUNNING', as_of = excluded.as_of, start_time = now(), end_time = NULL,
    policy_version = excluded.policy_version, error = ''
"""
_CLEAR_FORECASTS = "DELETE FROM demand_forecasts WHERE run_id = $1"
_CLEAR_GAPS = "DELETE FROM size_gaps WHERE run_id = $1"
_SUPERSEDE = """
UPDATE transfer_suggestions SET state = 'SUPERSEDED', version = version + 1
 WHERE state = 'OPEN' AND kind = 'REBALANCE' AND run_id <> $1
"""
_DONE = """
UPDATE planning_runs SET state = 'DONE', end_time = now(), skus = $2, locations = $3, forecasts = $4,
    suggestions = $5, seconds = $6, peak_memory_bytes = $7
 WHERE run_id = $1
"""
_FAILED = """
UPDATE planning_runs SET state = 'FAILED', end_time = now(), error = $2, seconds = $3, peak_memory_bytes = $4
 WHERE run_id = $1 AND state = 'RUNNING'
"""
_OLD = "SELECT run_id FROM planning_runs WHERE as_of <= $1 ORDER BY as_of DESC, start_time DESC, run_id OFFSET $2"
_WAITING = """
SELECT allocation_id, location_id, reference, lines, create_time, version FROM lot_allocations
 WHERE state = 'REQUESTED' ORDER BY create_time, allocation_id LIMIT 100
"""
_PLANNED = """
UPDATE lot_allocations SET state = 'PLANNED', kept = $2, run_id = $3, version = version + 1
 WHERE allocation_id = $1 AND state = 'REQUESTED'
"""
_FORECAST = ("run_id", "sku", "location_id", "weekly_mean", "recent_weekly", "available", "incoming",
             "weeks_of_cover", "demand_class", "model", "hot")  # fmt: skip
_GAP = ("run_id", "product_id", "variety", "location_id", "missing_skus", "present_skus", "weekly_lost")
_SUGGESTION = ("suggestion_id", "run_id", "kind", "allocation_id", "state", "rank", "sku", "from_location_id",
               "to_location_id", "quantity", "expected_units", "expected_margin", "move_cost", "why")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    skus: int
    locations: int
    forecasts: int
    suggestions: int
    seconds: float
    peak_memory_bytes: int


async def alone(tx: Tx) -> bool:
    """Whether no other planner runs; holds until `leave`, or for as long as this connection does."""
    return bool(await tx.fetchval(_LOCK))


async def leave(tx: Tx) -> None:
    """Lets the next planner run."""
    await tx.execute(_UNLOCK)


async def state(tx: Tx, run_id: str) -> str | None:
    """RUNNING, DONE, FAILED; None: it never began."""
    found: str | None = await tx.fetchval(_STATE, run_id)
    return found


async def begin(tx: Tx, run_id: str, as_of: datetime, policy_version: int) -> None:
    """Opens a run, or opens it anew with nothing written."""
    await tx.execute(_BEGIN, run_id, as_of, policy_version)
    await clear(tx, run_id)


async def clear(tx: Tx, run_id: str) -> None:
    """Takes back the forecasts of a run."""
    await tx.execute(_CLEAR_FORECASTS, run_id)
    await tx.execute(_CLEAR_GAPS, run_id)


async def write_forecasts(tx: Tx, rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds forecasts to a run that is not done."""
    await tx.copy_records_to_table("demand_forecasts", records=rows, columns=_FORECAST)


async def write_gaps(tx: Tx, rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds broken size runs to a run that is not done."""
    await tx.copy_records_to_table("size_gaps", records=rows, columns=_GAP)


async def suggest(tx: Tx, run_id: str, found: Sequence[Proposal]) -> None:
    """Writes suggestions in their order."""
    rows = [
        (uuid7(), run_id, one.kind, one.allocation_id, "OPEN", rank, one.sku, one.source, one.target, one.quantity,
         one.expected_units, one.expected_margin, one.move_cost, json.dumps(dict(one.why)))
        for rank, one in enumerate(found, 1)
    ]  # fmt: skip
    await tx.copy_records_to_table("transfer_suggestions", records=rows, columns=_SUGGESTION)


async def supersede(tx: Tx, run_id: str) -> None:
    """Closes what earlier runs suggested and nobody decided; first allocations stay until they are decided."""
    await tx.execute(_SUPERSEDE, run_id)


async def done(tx: Tx, run_id: str, outcome: Outcome) -> None:
    """Closes a run: from now on it counts."""
    await tx.execute(_DONE, run_id, *(asdict(outcome).values()))


async def failed(tx: Tx, run_id: str, error: str, seconds: float, peak_memory_bytes: int) -> None:
    """Closes a run that did not end."""
    await tx.execute(_FAILED, run_id, error, seconds, peak_memory_bytes)


async def older(tx: Tx, as_of: datetime, keep: int) -> list[str]:
    """Runs beyond the newest ones."""
    return [row["run_id"] for row in await tx.fetch(_OLD, as_of, keep)]


async def waiting(tx: Tx) -> list[Lot]:
    """Lots to be shared out, oldest first."""
    return [
        Lot(
            allocation_id=row["allocation_id"],
            location_id=row["location_id"],
            reference=row["reference"],
            lines=tuple(LotLine(**one) for one in json.loads(row["lines"])),
            create_time=row["create_time"],
            version=row["version"],
        )
        for row in await tx.fetch(_WAITING)
    ]


async def planned(tx: Tx, lot: Lot, kept: Sequence[LotLine], run_id: str) -> None:
    """Closes a lot with what stays of it."""
    rows = [{"sku": one.sku, "reserve": one.reserve, "left_over": one.left_over} for one in kept]
    await tx.execute(_PLANNED, lot.allocation_id, json.dumps(rows), run_id)
