"""Every SQL statement about questionnaires and offers."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kit.audit import Check
from kit.postgres import Tx
from services.member.profile.domain_surveys import (
    Choice,
    Offer,
    Question,
    QuestionKind,
    Questionnaire,
    State,
    Voucher,
)

_SURVEY = "questionnaire_id, version, title, questions::text, benefit_id, valid_days, active"

_PUT = f"""
INSERT INTO questionnaires (questionnaire_id, version, title, questions, benefit_id, valid_days, active, actor_kind,
                            actor_id)
SELECT $1, coalesce(max(version), 0) + 1, $2, $3::jsonb, $4, $5, $6, $7, $8 FROM questionnaires
 WHERE questionnaire_id = $1
RETURNING {_SURVEY}
"""

_LATEST = f"""
SELECT {_SURVEY} FROM questionnaires WHERE questionnaire_id = $1 ORDER BY version DESC LIMIT 1
"""

_VERSION = f"SELECT {_SURVEY} FROM questionnaires WHERE questionnaire_id = $1 AND version = $2"

_ALL = f"""
SELECT DISTINCT ON (questionnaire_id) {_SURVEY} FROM questionnaires WHERE questionnaire_id > $1
 ORDER BY questionnaire_id, version DESC LIMIT 1000
"""

_OFFER = """offer_id, member_id, questionnaire_id, version, staff_code, location_id, state, offer_time, expire_time,
            answer_time, answers_sealed, voucher_state, voucher_id"""

_ADD = f"""
INSERT INTO survey_offers (offer_id, member_id, questionnaire_id, version, staff_code, location_id, offer_time,
                           expire_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (member_id, questionnaire_id) WHERE state = 'OPEN' DO NOTHING
RETURNING {_OFFER}
"""

_OPEN = f"""
SELECT {_OFFER} FROM survey_offers WHERE member_id = $1 AND questionnaire_id = $2 AND state = 'OPEN' FOR UPDATE
"""

_ONE = f"SELECT {_OFFER} FROM survey_offers WHERE offer_id = $1 AND member_id = ANY($2::uuid[]) FOR UPDATE"

_OF_MEMBER = f"""
SELECT {_OFFER} FROM survey_offers WHERE member_id = ANY($1::uuid[]) ORDER BY offer_time DESC, offer_id LIMIT 200
"""

_EXPIRE = "UPDATE survey_offers SET state = 'EXPIRED' WHERE offer_id = $1 AND state = 'OPEN'"

_ANSWER = """
UPDATE survey_offers
   SET state = 'ANSWERED', answer_time = $2, answers_sealed = $3, voucher_state = $4, voucher_id = $5
 WHERE offer_id = $1 AND state = 'OPEN'
RETURNING true
"""

_SETTLE = """
UPDATE survey_offers SET voucher_state = 'GRANTED', voucher_id = $2 WHERE offer_id = $1 AND voucher_state = 'OWED'
RETURNING true
"""

CHECKS = (
    Check(
        "profile.an_answer_earns_what_was_promised",
        "SELECT count(*) FROM survey_offers",
        """
        SELECT 'offer=' || offer_id AS subject,
               CASE WHEN state = 'ANSWERED' AND benefit_id <> '' THEN 'GRANTED or OWED' ELSE 'NONE' END AS expected,
               voucher_state AS found, '' AS repair
          FROM survey_offers JOIN questionnaires USING (questionnaire_id, version)
         WHERE (voucher_state <> 'NONE') <> (state = 'ANSWERED' AND benefit_id <> '') LIMIT 100
        """,
    ),
)


async def put(tx: Tx, one: Questionnaire, actor_kind: str, actor_id: str) -> Questionnaire:
    """Publishes the next version."""
    questions = json.dumps([asdict(question) for question in one.questions], ensure_ascii=False)
    told = (one.questionnaire_id, one.title, questions, one.benefit_id, one.valid_days, one.active)
    return _survey(await tx.fetchrow(_PUT, *told, actor_kind, actor_id))


async def latest(tx: Tx, questionnaire_id: str) -> Questionnaire | None:
    """The present version."""
    row = await tx.fetchrow(_LATEST, questionnaire_id)
    return _survey(row) if row else None


async def version(tx: Tx, questionnaire_id: str, number: int) -> Questionnaire:
    """The version that an offer was made with."""
    return _survey(await tx.fetchrow(_VERSION, questionnaire_id, number))


async def all_present(tx: Tx) -> list[Questionnaire]:
    """Every questionnaire in its present version."""
    return [_survey(row) for row in await tx.fetch(_ALL, "")]


async def add(tx: Tx, offer: Offer) -> Offer | None:
    """Keeps an offer; None if one of the same questionnaire is open."""
    one = offer
    told = (one.offer_id, one.member_id, one.questionnaire_id, one.version, one.staff_code, one.location_id)
    row = await tx.fetchrow(_ADD, *told, one.offer_time, one.expire_time)
    return _offer(row) if row else None


async def open_one(tx: Tx, member_id: str, questionnaire_id: str) -> Offer | None:
    """The open offer of a questionnaire, locked."""
    row = await tx.fetchrow(_OPEN, member_id, questionnaire_id)
    return _offer(row) if row else None


async def one(tx: Tx, offer_id: str, member_ids: Sequence[str]) -> Offer | None:
    """One offer to a person, locked."""
    row = await tx.fetchrow(_ONE, offer_id, list(member_ids))
    return _offer(row) if row else None


async def of_member(tx: Tx, member_ids: Sequence[str]) -> list[Offer]:
    """A person's offers, newest first."""
    return [_offer(row) for row in await tx.fetch(_OF_MEMBER, list(member_ids))]


async def expire(tx: Tx, offer_id: str) -> None:
    """The offer is past its time, unless it was answered."""
    await tx.execute(_EXPIRE, offer_id)


async def answer(tx: Tx, offer_id: str, now: datetime, sealed: bytes, voucher: Voucher, voucher_id: str) -> bool:
    """The offer is answered; False if it was not open."""
    return bool(await tx.fetchval(_ANSWER, offer_id, now, sealed, voucher, voucher_id))


async def settle(tx: Tx, offer_id: str, voucher_id: str) -> bool:
    """What was owed is given; False if it was not owed."""
    return bool(await tx.fetchval(_SETTLE, offer_id, voucher_id))


def _offer(row: Any) -> Offer:
    values = list(row)
    values[6], values[11] = State(values[6]), Voucher(values[11])
    return Offer(*values)


def _survey(row: Any) -> Questionnaire:
    questionnaire_id, number, title, questions, benefit_id, valid_days, active = row
    found = tuple(_question(one) for one in json.loads(questions))
    return Questionnaire(questionnaire_id, number, title, found, benefit_id, valid_days, active)


def _question(kept: dict[str, Any]) -> Question:
    choices = tuple(Choice(**one) for one in kept.pop("choices"))
    return Question(**{**kept, "kind": QuestionKind(kept["kind"]), "choices": choices})
