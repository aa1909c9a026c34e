"""What runs wrote down, read by page."""

from typing import Any

from kit.postgres import Tx

_NEWEST = "SELECT run_id FROM planning_runs WHERE state = 'DONE' ORDER BY as_of DESC, run_id LIMIT 1"
_DONE = "SELECT run_id FROM planning_runs WHERE run_id = $1 AND state = 'DONE'"
_RUN = """run_id, state, as_of, policy_version, start_time, end_time, skus, locations, forecasts, suggestions, seconds,
    peak_memory_bytes, error"""
_RUNS = f"""
SELECT {_RUN} FROM planning_runs
 WHERE $2 = '' OR (as_of, run_id) < ((SELECT as_of FROM planning_runs WHERE run_id = $2), $2)
 ORDER BY as_of DESC, run_id DESC LIMIT $1
"""
_FORECAST = """run_id, sku, location_id, weekly_mean, recent_weekly, available, incoming, weeks_of_cover,
    demand_class, model, hot"""
_FORECASTS = f"""
SELECT {_FORECAST} FROM demand_forecasts
 WHERE run_id = $1 AND (sku, location_id) > ($2, $3) AND ($5 = 0 OR weeks_of_cover < $5)
 ORDER BY sku, location_id LIMIT $4
"""
_OF_SKU = f"""
SELECT {_FORECAST} FROM demand_forecasts
 WHERE run_id = $1 AND sku = $6 AND (sku, location_id) > ($2, $3) AND ($5 = 0 OR weeks_of_cover < $5)
   AND ($7 = '' OR location_id = $7) AND (NOT $8 OR hot)
 ORDER BY sku, location_id LIMIT $4
"""
_OF_PLACE = f"""
SELECT {_FORECAST} FROM demand_forecasts
 WHERE run_id = $1 AND location_id = $6 AND (sku, location_id) > ($2, $3) AND ($5 = 0 OR weeks_of_cover < $5)
   AND (NOT $7 OR hot)
 ORDER BY sku, location_id LIMIT $4
"""
_HOT = f"""
SELECT {_FORECAST} FROM demand_forecasts
 WHERE run_id = $1 AND hot AND (sku, location_id) > ($2, $3) AND ($5 = 0 OR weeks_of_cover < $5)
 ORDER BY sku, location_id LIMIT $4
"""
_GAP = "run_id, product_id, variety, location_id, missing_skus, present_skus, weekly_lost"
_GAPS = f"""
SELECT {_GAP} FROM size_gaps
 WHERE run_id = $1 AND (product_id, location_id, variety) > ($2, $3, $4) AND ($6 = '' OR product_id = $6)
   AND ($7 = '' OR location_id = $7)
 ORDER BY product_id, location_id, variety LIMIT $5
"""


async def done(tx: Tx, run_id: str) -> str | None:
    """The run, if it is done; without an id the newest."""
    found: str | None = await (tx.fetchval(_DONE, run_id) if run_id else tx.fetchval(_NEWEST))
    return found


async def runs(tx: Tx, after: str, size: int) -> list[dict[str, Any]]:
    """Runs, the newest first."""
    return [dict(row) for row in await tx.fetch(_RUNS, size, after)]


async def forecasts(
    tx: Tx, run_id: str, after: tuple[str, str], size: int, wanted: tuple[str, str, bool, float]
) -> list[dict[str, Any]]:
    """Forecasts by SKU and place; `wanted` is SKU, place, whether hot only, and the cover that they stay below."""
    sku, location_id, hot, below = wanted
    first = (run_id, *after, size, below)
    if sku:
        rows = await tx.fetch(_OF_SKU, *first, sku, location_id, hot)
    elif location_id:
        rows = await tx.fetch(_OF_PLACE, *first, location_id, hot)
    else:
        rows = await tx.fetch(_HOT if hot else _FORECASTS, *first)
    return [dict(row) for row in rows]


async def gaps(
    tx: Tx, run_id: str, after: tuple[str, str, str], size: int, product_id: str, location_id: str
) -> list[dict[str, Any]]:
    """Broken size runs by product and place."""
    return [dict(row) for row in await tx.fetch(_GAPS, run_id, *after, size, product_id, location_id)]
