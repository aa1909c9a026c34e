"""Every SQL statement by which what engagement keeps of a person is handed out or forgotten."""

from collections.abc import Sequence

from asyncpg import Record

from kit.postgres import Tx

_MESSAGES = """
SELECT message_id, template_id, campaign_id, channel, state, cause, send_time, deliver_time, open_time, click_time
  FROM messages WHERE member_id = ANY($1::uuid[]) ORDER BY message_id
"""
_FACTS = """
SELECT member_id, orders, spend, first_order_time, last_order_time, last_app_time, last_touch_time, tier, cycle_days
  FROM member_facts WHERE member_id = ANY($1::uuid[]) ORDER BY member_id
"""
_CAMPAIGNS = """
SELECT campaign_id, enter_time, state, done_time FROM campaign_members WHERE member_id = ANY($1::uuid[])
 ORDER BY enter_time, campaign_id
"""
_PREFERENCES = """
SELECT locale, quiet_from, quiet_to, channels FROM message_preferences WHERE member_id = ANY($1::uuid[])
 ORDER BY member_id
"""
_LOGINS = "SELECT day FROM fact_logins WHERE member_id = ANY($1::uuid[]) ORDER BY day"
_CODES = "SELECT code FROM referral_codes WHERE member_id = ANY($1::uuid[]) ORDER BY code"
_BROUGHT = "SELECT bind_time, state, points FROM referrals WHERE advocate_id = ANY($1::uuid[]) ORDER BY bind_time"
_BOUND = "SELECT bind_time, state FROM referrals WHERE friend_id = ANY($1::uuid[]) ORDER BY bind_time"

SECTIONS = {
    "messages": _MESSAGES,
    "facts": _FACTS,
    "campaigns": _CAMPAIGNS,
    "message_preferences": _PREFERENCES,
    "app_days": _LOGINS,
    "referral_codes": _CODES,
    "referrals": _BROUGHT,
    "referred": _BOUND,
}

# Nobody is written to any more; what was sent stays as a figure of its campaign, with nothing in it that is his.
_STOP = """
UPDATE messages SET state = CASE WHEN state = 1 THEN 6 ELSE state END,
       cause = CASE WHEN state = 1 THEN 'NO_MEMBER' ELSE cause END, params = '{}', provider_ref = ''
 WHERE member_id = ANY($1::uuid[]) AND (state = 1 OR params <> '{}' OR provider_ref <> '')
RETURNING true
"""
_FORGET_FACTS = "DELETE FROM member_facts WHERE member_id = ANY($1::uuid[]) RETURNING true"
_FORGET_LOGINS = "DELETE FROM fact_logins WHERE member_id = ANY($1::uuid[]) RETURNING true"
_FORGET_LIKES = "DELETE FROM message_preferences WHERE member_id = ANY($1::uuid[]) RETURNING true"
_FORGET_COUNTS = "DELETE FROM message_counts WHERE member_id = ANY($1::uuid[]) RETURNING true"
_FORGET_CODES = "DELETE FROM referral_codes WHERE member_id = ANY($1::uuid[]) RETURNING true"
_FORGETTING = (_STOP, _FORGET_FACTS, _FORGET_LOGINS, _FORGET_LIKES, _FORGET_COUNTS, _FORGET_CODES)


async def read(tx: Tx, statement: str, member_ids: Sequence[str]) -> list[Record]:
    """One section's rows."""
    return list(await tx.fetch(statement, list(member_ids)))


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Forgets whatever is no book; answers how many rows."""
    return sum([len(await tx.fetch(statement, list(member_ids))) for statement in _FORGETTING])
