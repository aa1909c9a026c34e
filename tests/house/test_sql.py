"""SQL stands in stores only, fits the migrated schema, and finds its rows by an index."""

import json
from typing import Any

import asyncpg
import pytest

from tests.harness.databases import Databases
from tests.house import sql
from tests.house.tree import Source, planted, services, sources

pytestmark = pytest.mark.xdist_group("syntax")

# Statements that are meant to read a whole table, each with its reason.
WHOLE_TABLE: dict[str, str] = {
    "services.attribution.panorama.store._RECOUNT": "a proof: recounts the panorama from every sale",
    "services.inventory.stock.store_proof.OPEN": "a proof: lists what is held for whom, for the checker of orphans",
    "services.member.points.store._DRIFTED": "a proof: adds up every member's entries",
    "services.member.points.store_lots._LIABILITY": "a report: adds up every open lot by the month in which it ends",
    **{
        f"services.member.segments.store_query.{name}": "a segment asks of every member what its rule asks"
        for name in ("_COUNT", "_COUNT_FACTS", "_MEMBERS", "_MEMBERS_FACTS")
    },
}

_EXPLAIN = """
DO $planned$
DECLARE plan json;
BEGIN
    EXECUTE $asked$ EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text} $asked$ INTO plan;
    PERFORM set_config('house.plan', plan::text, true);
END
$planned$
"""


def _of(service: str) -> list[sql.Statement]:
    return list(sql.statements(source for source in sources() if source.path.startswith(f"services/{service}/")))


def test_sql_stands_in_stores_only() -> None:
    assert not (found := [*sql.sql_elsewhere(sources()), *sql.inline_sql(sources())]), "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        'x = "SELECT 1"',
        'x = """\nINSERT INTO orders (a) VALUES ($1)"""',
        'x = "UPDATE orders SET a = 1"',
        'x = "WITH a AS (SELECT 1) SELECT 1"',
        'x = f"DELETE FROM {table}"',
    ],
)
def test_planted_sql_is_found(text: str) -> None:
    assert len(sql.sql_elsewhere(planted("services/order/checkout/usecases.py", text))) == 1


@pytest.mark.parametrize("text", ['x = "Select a size"', 'x = "WITH care"', 'x = "UPDATES"', 'x = "select 1 of 3"'])
def test_plain_words_are_not_found(text: str) -> None:
    assert sql.sql_elsewhere(planted("services/order/checkout/usecases.py", text)) == []


def test_planted_inline_sql_is_found() -> None:
    source = Source("services/order/checkout/store.py", 'def f(tx):\n    return tx.execute("SELECT 1")\n')
    assert len(sql.inline_sql([source])) == 1


@pytest.mark.parametrize("service", services())
async def test_every_statement_fits_the_schema(service: str, databases: Databases) -> None:
    statements = _of(service)
    db = await databases.open(service)
    async with db.read() as tx:
        refused = [(statement.label, await _refusal(tx, statement.text)) for statement in statements]
    assert statements
    assert not (broken := [f"{label}: {why}" for label, why in refused if why]), "\n".join(broken)


async def _refusal(tx: Any, text: str) -> str | None:
    try:
        await tx.prepare(text)
    except asyncpg.PostgresError as error:
        return str(error)
    return None


@pytest.mark.parametrize("service", services())
async def test_every_statement_has_an_index(service: str, databases: Databases) -> None:
    """With sequential scans off, one that is left is one that no index could replace."""
    db = await databases.open(service)
    found = []
    for statement in _of(service):
        async with db.transaction() as tx:  # one for each: all plans of a service take longer than one may last
            await tx.execute("SET LOCAL enable_seqscan = off")
            scanned = await _scanned(tx, statement.text)
        if scanned and statement.label not in WHOLE_TABLE:
            found.append(f"{statement.label} reads all of {', '.join(sorted(scanned))}")
    assert not found, "\n".join(found)


async def _scanned(tx: Any, text: str) -> set[str]:
    """The tables that a statement can only read from end to end.

    The driver binds values, and a bound NULL would be folded into a plan that reads nothing;
    so the server is made to plan the statement with its parameters left open.
    """
    await tx.execute(_EXPLAIN.format(text=text))
    return _sequential(json.loads(await tx.fetchval("SELECT current_setting('house.plan')"))[0]["Plan"])


def _sequential(node: dict[str, Any]) -> set[str]:
    own = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    return own.union(*(_sequential(child) for child in node.get("Plans", [])))


async def test_a_planted_misfit_is_found(databases: Databases) -> None:
    db = await databases.open(services()[0])
    async with db.read() as tx:
        assert await _refusal(tx, "SELECT no_such_column FROM outbox")


async def test_a_planted_scan_is_found(databases: Databases) -> None:
    db = await databases.open(services()[0])
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        assert await _scanned(tx, "SELECT 1 FROM outbox_stream WHERE created_time = $1") == {"outbox_stream"}
        assert await _scanned(tx, "SELECT 1 FROM outbox_stream WHERE stream = $1") == set()
