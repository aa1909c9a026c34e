"""Every SQL statement about lines that sell packs."""

from collections.abc import Sequence
from datetime import datetime

from kit.audit import Check
from kit.postgres import Tx
from services.member.prepaid.domain_lines import BackPack, Place, SoldPack

# Once for each unit; one that was sold to nobody is sold when somebody claims it, what came back before is not.
_SOLD = """
INSERT INTO prepaid_lines AS l (order_id, line_no, unit, pack_id, business_time) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (order_id, line_no, unit) DO UPDATE
   SET pack_id = CASE WHEN l.taken_back IS NULL THEN excluded.pack_id END WHERE l.pack_id IS NULL
RETURNING coalesce(taken_back, '') AS taken_back
"""
_BACK = """
INSERT INTO prepaid_lines AS l (order_id, line_no, unit, taken_back, business_time) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (order_id, line_no, unit) DO UPDATE SET taken_back = excluded.taken_back WHERE l.taken_back IS NULL
RETURNING true
"""
_KNOWN = "SELECT order_id, line_no, unit, pack_id FROM prepaid_lines WHERE order_id = ANY($1::uuid[])"
_TAKEN_BACK = """
UPDATE prepaid_packs SET taken_back = $2, end_time = coalesce(end_time, $3) WHERE pack_id = $1 AND taken_back = ''
"""
_WITHOUT_PACK = """
SELECT format('order=%s line=%s unit=%s', l.order_id, l.line_no, l.unit) AS subject, l.pack_id::text AS expected,
       coalesce(format('pack %s of line %s, taken back by %s', p.pack_id, p.line_no, p.taken_back), 'none') AS found,
       '' AS repair
  FROM prepaid_lines AS l LEFT JOIN prepaid_packs AS p USING (pack_id)
 WHERE l.pack_id IS NOT NULL
   AND (p.pack_id IS NULL OR (p.order_id, p.line_no) <> (l.order_id, l.line_no)
        OR (l.taken_back IS NOT NULL AND p.taken_back <> l.taken_back)) LIMIT 100
"""

CHECKS = (
    Check("prepaid.lines_have_their_pack", "SELECT count(*) FROM prepaid_lines WHERE pack_id IS NOT NULL",
          _WITHOUT_PACK),
)  # fmt: skip


async def sold(tx: Tx, one: SoldPack) -> str | None:
    """Keeps a unit that sells a pack, of nobody's without a member; by what it came back already, None if known."""
    pack_id = one.pack_id if one.member_id else None
    found: str | None = await tx.fetchval(_SOLD, *one.place, pack_id, one.moment)
    return found


async def back(tx: Tx, one: BackPack) -> bool:
    """Keeps that a unit came back; False if that was known."""
    return bool(await tx.fetchval(_BACK, *one.place, one.key, one.moment))


async def known(tx: Tx, order_ids: Sequence[str]) -> dict[Place, str | None]:
    """The units of these orders that sold packs, and which."""
    rows = await tx.fetch(_KNOWN, sorted(set(order_ids))) if order_ids else []
    return {(row["order_id"], row["line_no"], row["unit"]): row["pack_id"] for row in rows}


async def taken_back(tx: Tx, pack_id: str, key: str, moment: datetime) -> None:
    """It is over; its order gives the money back."""
    await tx.execute(_TAKEN_BACK, pack_id, key, moment)
