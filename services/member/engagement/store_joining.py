"""Every SQL statement by which what engagement keeps of two people becomes one person's."""

from collections.abc import Sequence

from kit.postgres import Tx

_MERGE_COUNTS = """
INSERT INTO message_counts AS c (member_id, times)
SELECT $1, times FROM message_counts WHERE member_id = $2
    ON CONFLICT (member_id) DO UPDATE SET times = c.times || excluded.times
"""
_WAITING = "SELECT count(*) FROM messages WHERE member_id = $1 AND state IN (1, 2)"
_ORDERS = "SELECT count(*) FROM fact_orders WHERE member_id = $1"
_TAKE_ORDERS = "UPDATE fact_orders SET member_id = $1 WHERE order_id = ANY($2::uuid[]) AND member_id <> $1"

# Of a person's entries the one that came furthest counts: 3 rewarded, 2 reached, 1 open.
_STAND_ASIDE = """
WITH entered AS (
    SELECT campaign_id, member_id,
           row_number() OVER (PARTITION BY campaign_id
                              ORDER BY CASE WHEN state BETWEEN 1 AND 3 THEN 3 - state ELSE 3 END,
                                       member_id = $1 DESC, enter_time, member_id) AS place
      FROM campaign_members
     WHERE member_id = ANY(array(SELECT alias_id FROM member_aliases WHERE member_id = $1) || $1::uuid || $3::uuid)
       AND void_merge_id IS NULL
)
UPDATE campaign_members AS cm
   SET void_merge_id = $2, void_state = cm.state, state = CASE WHEN cm.state IN (1, 2) THEN 4 ELSE cm.state END
  FROM entered
 WHERE entered.place > 1 AND cm.campaign_id = entered.campaign_id AND cm.member_id = entered.member_id
"""
# What was reached is worked out anew: the order may be the other's by now.
_COME_BACK = """
UPDATE campaign_members
   SET state = CASE WHEN void_state = 2 THEN 1 ELSE void_state END, void_merge_id = NULL, void_state = NULL,
       done_time = CASE WHEN void_state = 2 THEN NULL ELSE done_time END,
       order_id = CASE WHEN void_state = 2 THEN NULL ELSE order_id END
 WHERE member_id = ANY(array(SELECT alias_id FROM member_aliases WHERE member_id = $1) || $1::uuid || $3::uuid[])
   AND void_merge_id = $2
"""


async def merge_counts(tx: Tx, survivor_id: str, absorbed_id: str) -> None:
    """What was sent to either was sent to the one."""
    await tx.execute(_MERGE_COUNTS, survivor_id, absorbed_id)


async def waiting(tx: Tx, member_id: str) -> tuple[int, int]:
    """How many messages wait for a member, and how many orders are known of him."""
    return int(await tx.fetchval(_WAITING, member_id)), int(await tx.fetchval(_ORDERS, member_id))


async def take_orders(tx: Tx, member_id: str, order_ids: Sequence[str]) -> None:
    """These orders are this member's."""
    if order_ids:
        await tx.execute(_TAKE_ORDERS, member_id, list(order_ids))


async def stand_aside(tx: Tx, merge_id: str, survivor_id: str, absorbed_id: str) -> None:
    """Of what both entered, one entry counts."""
    await tx.execute(_STAND_ASIDE, survivor_id, merge_id, absorbed_id)


async def come_back(tx: Tx, merge_id: str, survivor_id: str, member_ids: Sequence[str]) -> None:
    """Entries that stood aside for a merge count again."""
    await tx.execute(_COME_BACK, survivor_id, merge_id, list(member_ids))
