"""Every SQL statement by which a person's profile is handed out or forgotten."""

from collections.abc import Sequence
from typing import Any

from kit.postgres import Tx

_WISHES = """
SELECT member_id, sku, add_time, staff_code, location_id, note_sealed FROM wishes
 WHERE member_id = ANY($1::uuid[]) AND NOT removed ORDER BY add_time, sku
"""

_ADVISERS = """
SELECT staff_code, location_id, active, valid_until_time FROM member_advisers WHERE member_id = ANY($1::uuid[])
"""

_OFFERS = """
SELECT member_id, offer_id, questionnaire_id, staff_code, location_id, state, offer_time, answer_time, answers_sealed
  FROM survey_offers WHERE member_id = ANY($1::uuid[]) ORDER BY offer_time
"""

# Nothing of these is a book, and none is needed once nobody can be served by it.
_FORGET_WISHES = "DELETE FROM wishes WHERE member_id = ANY($1::uuid[]) RETURNING 1"
_FORGET_TAGS = "DELETE FROM member_tags WHERE member_id = ANY($1::uuid[]) RETURNING 1"
_FORGET_ADVISERS = "DELETE FROM member_advisers WHERE member_id = ANY($1::uuid[]) RETURNING 1"
_FORGET_ANSWERS = """
UPDATE survey_offers SET answers_sealed = NULL
 WHERE member_id = ANY($1::uuid[]) AND answers_sealed IS NOT NULL RETURNING 1
"""
# What he was like goes; what he bought stays as long as the books do, under an id that means nobody.
_FORGET_RECORDS = """
DELETE FROM timeline_records
 WHERE member_id = ANY($1::uuid[]) AND kind NOT IN ('ORDER', 'SALE', 'CANCELLATION', 'HANDOVER', 'RETURN') RETURNING 1
"""


async def wishes(tx: Tx, member_ids: Sequence[str]) -> list[Any]:
    """What is on the list under each id."""
    return list(await tx.fetch(_WISHES, list(member_ids)))


async def advisers(tx: Tx, member_ids: Sequence[str]) -> list[Any]:
    """Who serves him."""
    return list(await tx.fetch(_ADVISERS, list(member_ids)))


async def offers(tx: Tx, member_ids: Sequence[str]) -> list[Any]:
    """Questionnaires offered and answered."""
    return list(await tx.fetch(_OFFERS, list(member_ids)))


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Removes all of it; how many rows."""
    ids, gone = list(member_ids), 0
    for statement in (_FORGET_WISHES, _FORGET_TAGS, _FORGET_ADVISERS, _FORGET_ANSWERS, _FORGET_RECORDS):
        gone += len(await tx.fetch(statement, ids))
    return gone
