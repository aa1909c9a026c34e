"""Products by their terms, and the words that stand in them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.search import domain_typos
from services.inventory.search.domain import Document, Filter, Found, Query

_PUT = """
INSERT INTO search_documents (product_id, terms, made_by)
SELECT d.product_id, d.terms, $2 FROM jsonb_to_recordset($1::jsonb) AS d (product_id text, terms text[])
ON CONFLICT (product_id) DO UPDATE SET terms = excluded.terms, made_by = excluded.made_by
"""
_NEW_WORDS = """
SELECT asked.word FROM unnest($1::text[]) AS asked (word)
 WHERE NOT EXISTS (SELECT FROM search_words held WHERE held.word = asked.word)
"""
_PUT_WORDS = """
INSERT INTO search_words (word, near)
SELECT w.word, w.near FROM jsonb_to_recordset($1::jsonb) AS w (word text, near text[]) ORDER BY w.word
ON CONFLICT (word) DO NOTHING
"""
_STALE = """
SELECT p.product_id FROM products p LEFT JOIN search_documents d ON d.product_id = p.product_id
 WHERE p.product_id > $1 AND d.made_by IS DISTINCT FROM $2 ORDER BY p.product_id LIMIT $3
"""
_STRANGE = """
SELECT asked.term FROM unnest($1::text[]) AS asked (term)
 WHERE NOT EXISTS (SELECT FROM search_documents d WHERE d.terms @> ARRAY[asked.term])
"""
_NEAR = "SELECT word FROM words_near($1::text[]) AS found (word)"

# Both roads are one look into the index. A variant is sold there when each gate that is asked about lets it: the same
# rule as omo_pricing.why_not, which a test holds beside it.
_SOLD = """
coalesce((SELECT NOT e.withheld AND coalesce(e.published_time <= $13, true) AND coalesce(e.unpublished_time > $13, true)
            FROM assortment_entries e WHERE e.sku = v.sku AND e.scope = '{scope}' AND e.scope_id = {id}),
         (SELECT NOT listed_only FROM {table} WHERE {key} = {id}), true)"""
_SOLD_CHANNEL = _SOLD.format(scope="CHANNEL", id="$11", table="channels", key="channel_id")
_SOLD_PLACE = _SOLD.format(scope="LOCATION", id="$12", table="locations", key="location_id")
_FIND = f"""
WITH found AS (
    SELECT d.product_id,
           CASE WHEN d.terms @> ARRAY['#' || $3] THEN 1
                WHEN length($3) > 1 AND d.terms @> $1::text[] THEN 2
                WHEN d.terms @> $4::text[] THEN 3
                WHEN d.terms @> $5::text[] THEN 4
                ELSE 5 END AS match,
           (SELECT count(*) FROM unnest($6::text[]) AS gram (term) WHERE NOT d.terms @> ARRAY[gram.term]) AS missed
      FROM search_documents d JOIN products p ON p.product_id = d.product_id
     WHERE (d.terms @> $1::text[] OR d.terms @> $2::text[])
       AND (p.active OR $7) AND ($8 = '' OR p.categories @> ARRAY[$8]) AND ($9 = '' OR p.tags @> ARRAY[$9])
       AND ($10 = '' OR p.brand = $10)
       AND (($11 = '' AND $12 = '') OR EXISTS (
            SELECT FROM variants v WHERE v.product_id = p.product_id AND p.active AND v.active AND NOT p.placeholder
               AND ($11 = '' OR {_SOLD_CHANNEL}) AND ($12 = '' OR {_SOLD_PLACE})))
)
SELECT product_id, match, missed FROM found WHERE (match, missed, product_id) > ($14::int, $15::bigint, $16)
 ORDER BY match, missed, product_id LIMIT $17
"""


# documents are large: so many fit one statement well below its timeout
_AT_ONCE = 50


async def put(tx: Tx, documents: Sequence[Document], made_by: int) -> None:
    """Writes the documents over what was there; words are only ever added."""
    rows = [{"product_id": one.product_id, "terms": one.terms} for one in documents]
    for start in range(0, len(rows), _AT_ONCE):
        await tx.execute(_PUT, json.dumps(rows[start : start + _AT_ONCE]), made_by)
    known = {word for one in documents for word in one.words if domain_typos.worth_knowing(word)}
    new = [row["word"] for row in await tx.fetch(_NEW_WORDS, sorted(known))]
    if new:
        await tx.execute(_PUT_WORDS, json.dumps([{"word": word, "near": domain_typos.near(word)} for word in new]))


async def stale(tx: Tx, after: str, made_by: int, size: int) -> list[str]:
    """Products without a document of these rules, in code order."""
    return [row["product_id"] for row in await tx.fetch(_STALE, after, made_by, size)]


async def find(tx: Tx, asked: Query, wanted: Filter, now: datetime, after: Found | None, size: int) -> list[Found]:
    """The hits after one, the best first."""
    terms: tuple[Any, ...] = (asked.code_terms, asked.text_terms, asked.code, asked.name_terms, asked.whole_terms)
    filters = (wanted.inactive_too, wanted.category, wanted.tag, wanted.brand, wanted.channel_id, wanted.location_id)
    start = (after.match, after.missed, after.product_id) if after else (0, 0, "")
    rows = await tx.fetch(_FIND, *terms, list(asked.grams), *filters, now, *start, size)
    return [Found(row["match"], row["missed"], row["product_id"]) for row in rows]


async def strange(tx: Tx, words: Sequence[str]) -> list[str]:
    """Words that no product has, not even begun."""
    return [row["term"] for row in await tx.fetch(_STRANGE, list(words))]


async def similar(tx: Tx, word: str) -> list[str]:
    """Words that may be a mistake or two apart from this one."""
    return [row["word"] for row in await tx.fetch(_NEAR, domain_typos.near(word))]
