"""Every SQL statement about the program, and about how the catalogue sorts goods."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.member.program.domain import (
    NO_PROGRAM,
    Activation,
    Begins,
    Downgrade,
    EarningRule,
    Ends,
    Expiry,
    Goods,
    Metric,
    Mode,
    OnReturn,
    Period,
    Program,
    Scope,
    Start,
    Tier,
    TierPolicy,
    Validity,
)
from services.member.program.domain_calendar import Duration, Rounding

_COLUMNS = """
version, amount_per_point, point_value, pending_days, expire_days, qualifying_days, tiers, min_spends, valid_days,
       multipliers_bp, rules
"""

_NEWEST = f"SELECT {_COLUMNS} FROM programs ORDER BY version DESC LIMIT 1"

_VERSION = f"SELECT {_COLUMNS} FROM programs WHERE version = $1"

_VERSIONS = """
SELECT version, actor_kind || ':' || actor_id AS actor, record_time FROM programs
 WHERE version < $1 ORDER BY version DESC LIMIT $2
"""

_PUT = f"""
INSERT INTO programs ({_COLUMNS}, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

_PUT_GOODS = """
INSERT INTO earning_goods AS g (sku, product_id, categories, tags, version)
SELECT sku, product_id, categories::text[], tags::text[], version
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
    AS good (sku, product_id, categories, tags, version)
    ON CONFLICT (sku) DO UPDATE
   SET product_id = excluded.product_id, categories = excluded.categories, tags = excluded.tags,
       version = excluded.version
 WHERE g.version < excluded.version
"""

_GOODS = "SELECT sku, product_id, categories, tags FROM earning_goods WHERE sku = ANY($1::text[])"


async def program(tx: Tx) -> Program:
    """The program in force."""
    row = await tx.fetchrow(_NEWEST)
    return _program(row) if row else NO_PROGRAM


async def version(tx: Tx, number: int) -> Program | None:
    """The program of a version."""
    row = await tx.fetchrow(_VERSION, number)
    return _program(row) if row else None


async def versions(tx: Tx, before: int, limit: int) -> list[dict[str, Any]]:
    """Which versions there were, newest first, from before a number."""
    return [dict(row) for row in await tx.fetch(_VERSIONS, before, limit)]


def _program(row: Any) -> Program:
    columns = (row["tiers"], row["min_spends"], row["valid_days"], row["multipliers_bp"])
    tiers = tuple(Tier(*values) for values in zip(*columns, strict=True))
    head = (row["version"], row["amount_per_point"], row["point_value"])
    return Program(
        *head, row["pending_days"], row["expire_days"], row["qualifying_days"], tiers, *_decoded(row["rules"])
    )


async def put_program(tx: Tx, program: Program, actor: Actor) -> None:
    """Adds a version of the program."""
    p, tiers = program, program.tiers
    head = (p.version, p.amount_per_point, p.point_value, p.pending_days, p.expire_days, p.qualifying_days)
    columns = (
        [tier.tier for tier in tiers],
        [tier.min_spend for tier in tiers],
        [tier.valid_days for tier in tiers],
        [tier.multiplier_bp for tier in tiers],
    )
    await tx.execute(_PUT, *head, *columns, encoded(program), actor.kind.value, actor.id)


async def put_goods(tx: Tx, rows: Sequence[tuple[str, Goods, int]]) -> None:
    """Keeps how the catalogue sorts goods (sku, goods, version), each sku once; older news change nothing."""
    if rows:
        columns = [
            (sku, goods.product_id, _array(goods.categories), _array(goods.tags), version)
            for sku, goods, version in sorted(rows, key=lambda row: row[0])
        ]
        await tx.execute(_PUT_GOODS, *map(list, zip(*columns, strict=True)))


async def goods(tx: Tx, skus: Iterable[str]) -> dict[str, Goods]:
    """How the catalogue sorts these goods; what nobody has described is left out."""
    rows = await tx.fetch(_GOODS, sorted(set(skus)))
    return {row["sku"]: Goods(row["product_id"], tuple(row["categories"]), tuple(row["tags"])) for row in rows}


def encoded(program: Program) -> str:
    """What a program says beyond its numbers and tiers, as JSON."""
    names = [field.name for field in fields(Program)][7:]
    return json.dumps({name: getattr(program, name) for name in names}, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}


@lru_cache(maxsize=8)
def _decoded(text: str) -> tuple[Any, ...]:
    """Programs of before say nothing here and mean what they always meant."""
    told: Mapping[str, Any] = json.loads(text)
    if not told:
        return ()
    activation, expiry = told["activation"], told["expiry"]
    return (
        tuple(_rule(rule) for rule in told["rules"]),
        _scope(told["not_earning"]),
        tuple((location_id, times) for location_id, times in told["location_multipliers"]),
        Activation(Start(activation["start"]), Duration(**activation["after"]), Rounding(activation["rounding"])),
        Expiry(Ends(expiry["ends"]), expiry["number"], expiry["month"], expiry["day"]),
        OnReturn(told["on_return"]),
        told["reinstate_days"],
        told["return_window_days"],
        _policy(told["policy"]),
    )


def _rule(told: dict[str, Any]) -> EarningRule:
    made: dict[str, Any] = {**told, "mode": Mode(told["mode"]), "scope": _scope(told["scope"])}
    made |= {name: tuple(told[name]) for name in ("tiers", "location_ids", "channel_ids")}
    made |= {name: told[name] and datetime.fromisoformat(told[name]) for name in ("start_time", "end_time")}
    return EarningRule(**made)


def _scope(told: Mapping[str, Sequence[str]]) -> Scope:
    return Scope(**{name: tuple(listed) for name, listed in told.items()})


def _policy(told: dict[str, Any]) -> TierPolicy:
    made: dict[str, Any] = {
        "metric": Metric(told["metric"]),
        "period": Period(told["period"]),
        "begins": Begins(told["begins"]),
        "validity": Validity(told["validity"]),
        "downgrade": Downgrade(told["downgrade"]),
        "grace": Duration(**told["grace"]),
        "grace_rounding": Rounding(told["grace_rounding"]),
        "balance_drop_after": Duration(**told["balance_drop_after"]),
        "excluded": _scope(told["excluded"]),
        "expiring_days": tuple(told["expiring_days"]),
    }
    return TierPolicy(**{**told, **made})


def _array(words: Iterable[str]) -> str:
    """Arrays of unequal length cannot be unnested, so they go as text."""
    quoted = ('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)
    return "{" + ",".join(quoted) + "}"
