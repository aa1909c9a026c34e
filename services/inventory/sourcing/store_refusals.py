"""What stores refused of their tasks, also before the order was heard of."""

from collections.abc import Iterable, Sequence

from kit.access import Actor, Kind
from kit.postgres import Tx
from services.inventory.sourcing.domain_records import Refusal

_PUT = """
INSERT INTO sourcing_refusals (order_id, fulfilment_id, location_id, decision_id, line_nos, reason, actor_kind,
    actor_id, actor_terminal_id, quantities)
SELECT order_id, fulfilment_id, location_id, decision_id, string_to_array(line_nos, ',')::int[], reason, kind, id,
       terminal, string_to_array(quantities, ',')::bigint[]
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::text[])
       AS r (order_id, fulfilment_id, location_id, decision_id, line_nos, reason, kind, id, terminal, quantities)
 ORDER BY order_id, fulfilment_id
ON CONFLICT DO NOTHING RETURNING order_id, fulfilment_id
"""
_DUE = """
SELECT r.order_id, fulfilment_id, location_id, decision_id, line_nos, reason, actor_kind, actor_id, actor_terminal_id,
       quantities
  FROM sourcing_refusals r JOIN sourcing_orders o ON o.order_id = r.order_id AND o.wanted <> '{}'
 WHERE r.order_id = ANY($1::text[]) AND NOT done ORDER BY r.order_id, fulfilment_id
"""
_DONE = """
UPDATE sourcing_refusals AS r SET done = true FROM unnest($1::text[], $2::text[]) AS d (order_id, fulfilment_id)
 WHERE r.order_id = d.order_id AND r.fulfilment_id = d.fulfilment_id
"""


async def put(tx: Tx, given: Sequence[Refusal]) -> set[tuple[str, str]]:
    """Keeps refusals; the same task is refused once. Gives those that are new, by order and task."""
    rows = [
        (one.order_id, one.fulfilment_id, one.location_id, one.decision_id, ",".join(map(str, one.line_nos)),
         one.reason, one.actor_kind, one.actor_id, one.actor_terminal_id, ",".join(map(str, one.quantities)))
        for one in given
    ]  # fmt: skip
    found = await tx.fetch(_PUT, *map(list, zip(*rows, strict=True))) if rows else ()
    return {(row["order_id"], row["fulfilment_id"]) for row in found}


async def due(tx: Tx, order_ids: Iterable[str]) -> list[Refusal]:
    """Those that nobody acted on yet, of orders that are known."""
    wanted = sorted(order_ids)
    return [Refusal(**dict(row)) for row in await tx.fetch(_DUE, wanted)] if wanted else []


async def done(tx: Tx, given: Sequence[Refusal]) -> None:
    """They were acted on."""
    await tx.execute(_DONE, [one.order_id for one in given], [one.fulfilment_id for one in given])


def actor(one: Refusal) -> Actor:
    """Who refused."""
    return Actor(Kind(one.actor_kind), one.actor_id, one.actor_terminal_id)
