"""Every SQL statement about campaigns of coupons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from kit.audit import Check
from kit.postgres import Tx
from services.member.coupons.domain import Campaign

_COLUMNS = """
campaign_id, name, rule_id, rule_version, begin_time, expire_time, valid_days, limit_total, limit_member, claimable,
       restores, active, issued
"""
_PUT = """
INSERT INTO coupon_campaigns (campaign_id, name, rule_id, rule_version, begin_time, expire_time, valid_days,
                              limit_total, limit_member, claimable, restores, active, business_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (campaign_id) DO UPDATE
   SET name = excluded.name, rule_id = excluded.rule_id, rule_version = excluded.rule_version,
       begin_time = excluded.begin_time, expire_time = excluded.expire_time, valid_days = excluded.valid_days,
       limit_total = excluded.limit_total, limit_member = excluded.limit_member, claimable = excluded.claimable,
       restores = excluded.restores, active = excluded.active
"""
_LOCK = f"SELECT {_COLUMNS} FROM coupon_campaigns WHERE campaign_id = $1 FOR UPDATE"
_COUNT = "UPDATE coupon_campaigns SET issued = issued + $2 WHERE campaign_id = $1"
_HAD = """
SELECT member_id, count(*) AS had FROM value_lots WHERE source_id = $1 AND member_id = ANY($2::uuid[])
 GROUP BY member_id
"""
_LIST = f"""
SELECT {_COLUMNS}, business_time, used.redeemed, used.expired
  FROM coupon_campaigns AS c
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE l.spent > 0) AS redeemed,
              count(*) FILTER (WHERE l.spent = 0 AND l.held = 0 AND l.expire_time <= $4) AS expired
         FROM value_lots AS l WHERE l.source_id = c.campaign_id) AS used
 WHERE (business_time, campaign_id) < ($1, $2::uuid) ORDER BY business_time DESC, campaign_id DESC LIMIT $3
"""
_MISCOUNTED = """
SELECT format('campaign=%s', c.campaign_id) AS subject, count(l.lot_id)::text AS expected, c.issued::text AS found,
       '' AS repair
  FROM coupon_campaigns AS c LEFT JOIN value_lots AS l ON l.source_id = c.campaign_id
 GROUP BY c.campaign_id HAVING count(l.lot_id) <> c.issued LIMIT 100
"""

CHECKS = (Check("coupons.issued_equals_lots", "SELECT count(*) FROM coupon_campaigns", _MISCOUNTED),)


async def put(tx: Tx, one: Campaign, now: datetime) -> None:
    """Makes or changes a campaign."""
    terms = (one.name, one.rule_id, one.rule_version, one.begin_time, one.expire_time, one.valid_days)
    limits = (one.limit_total, one.limit_member, one.claimable, one.restores, one.active)
    await tx.execute(_PUT, one.campaign_id, *terms, *limits, now)


async def lock(tx: Tx, campaign_id: str) -> Campaign | None:
    """A campaign, locked: whoever issues its coupons waits for the others who do."""
    row = await tx.fetchrow(_LOCK, campaign_id)
    return Campaign(**row) if row else None


async def count(tx: Tx, campaign_id: str, issued: int) -> None:
    """So many more are out."""
    await tx.execute(_COUNT, campaign_id, issued)


async def had(tx: Tx, campaign_id: str, member_ids: Sequence[str]) -> dict[str, int]:
    """How many coupons of a campaign each of these members ever got."""
    return {row["member_id"]: row["had"] for row in await tx.fetch(_HAD, campaign_id, list(member_ids))}


async def page(tx: Tx, after: tuple[datetime, str], limit: int, now: datetime) -> list[asyncpg.Record]:
    """Campaigns, newest first, from behind `after`, with what became of their coupons."""
    return list(await tx.fetch(_LIST, *after, limit, now))


def campaign(row: Any) -> Campaign:
    """A row as a campaign."""
    return Campaign(**{name: row[name] for name in Campaign.__dataclass_fields__})
