"""How the brand has its stores send, by version."""

from datetime import datetime

import msgspec

from kit.access import Actor
from kit.postgres import Tx
from services.order.fulfilment.domain_terms import Terms

_NEWEST = "SELECT terms::text FROM shipping_terms ORDER BY version DESC LIMIT 1"
_INSERT = """
INSERT INTO shipping_terms (version, terms, business_time, actor_kind, actor_id) VALUES ($1, $2::jsonb, $3, $4, $5)
    ON CONFLICT (version) DO NOTHING RETURNING true
"""
_decode = msgspec.json.Decoder(Terms).decode
_encode = msgspec.json.Encoder().encode


async def newest(tx: Tx) -> Terms:
    """Those in force."""
    text = await tx.fetchval(_NEWEST)
    return _decode(text) if text else Terms()


async def insert(tx: Tx, terms: Terms, now: datetime, actor: Actor) -> bool:
    """The next version; False if somebody else was first."""
    return bool(await tx.fetchval(_INSERT, terms.version, _encode(terms).decode(), now, actor.kind, actor.id))
