"""Every SQL statement about consents."""

from collections.abc import Sequence
from datetime import datetime

from kit.audit import Check
from kit.postgres import Tx
from services.member.privacy.domain import Choice, Consent, Purpose, Said

_APPEND = """
WITH told AS (
    INSERT INTO consent_records (member_id, record_id, purpose, channel, choice, source, text_version, actor_kind,
                                 actor_id, business_time)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::timestamptz[])
        ON CONFLICT (member_id, record_id) DO NOTHING
    RETURNING member_id, purpose, channel, choice, record_id, business_time
), newest AS (
    SELECT DISTINCT ON (member_id, purpose, channel) * FROM told
     ORDER BY member_id, purpose, channel, business_time DESC, record_id DESC
)
INSERT INTO consent_heads AS h (member_id, purpose, channel, choice, record_id, business_time)
SELECT member_id, purpose, channel, choice, record_id, business_time FROM newest
    ON CONFLICT (member_id, purpose, channel) DO UPDATE
   SET choice = excluded.choice, record_id = excluded.record_id, business_time = excluded.business_time
 WHERE (h.business_time, h.record_id) < (excluded.business_time, excluded.record_id)
"""

_CHOICE = """
SELECT choice FROM consent_heads WHERE member_id = resolve_member($1) AND purpose = $2 AND channel = $3
"""

_CHOICES = """
SELECT asked, channel, choice
  FROM unnest($1::uuid[]) AS asked JOIN consent_heads AS head ON head.member_id = resolve_member(asked)
 WHERE head.purpose = $2
"""

_HEADS = "SELECT purpose, channel, choice FROM consent_heads WHERE member_id = $1 ORDER BY purpose, channel"

_HISTORY = """
SELECT member_id, record_id, purpose, channel, choice, source, text_version, actor_kind, actor_id, business_time
  FROM consent_records WHERE member_id = ANY($1::uuid[])
 ORDER BY business_time DESC, record_id DESC LIMIT $2
"""

CHECKS = (
    Check(
        "privacy.the_newest_choice_holds",
        "SELECT count(*) FROM consent_heads",
        """
        SELECT 'member=' || one.member_id || ' purpose=' || one.purpose || ' channel=' || one.channel AS subject,
               one.choice AS expected, coalesce(head.choice, 'nothing') AS found, '' AS repair
          FROM (SELECT DISTINCT ON (member_id, purpose, channel) * FROM consent_records
                 ORDER BY member_id, purpose, channel, business_time DESC, record_id DESC) AS one
          LEFT JOIN consent_heads AS head USING (member_id, purpose, channel)
         WHERE head.record_id IS DISTINCT FROM one.record_id OR head.choice IS DISTINCT FROM one.choice LIMIT 100
        """,
    ),
)


async def append(tx: Tx, told: Sequence[Consent]) -> None:
    """Puts choices on record; the newest of each purpose and channel holds."""
    if told:
        rows = [
            (
                *(one.member_id, one.record_id, one.said.purpose, one.said.channel, one.said.choice, one.source),
                *(one.text_version, one.actor_kind, one.actor_id, one.business_time),
            )
            for one in told
        ]
        await tx.execute(_APPEND, *map(list, zip(*rows, strict=True)))


async def choice(tx: Tx, member_id: str, purpose: str, channel: str) -> Choice | None:
    """What the member last said."""
    found = await tx.fetchval(_CHOICE, member_id, purpose, channel)
    return Choice(found) if found else None


async def choices(tx: Tx, member_ids: Sequence[str], purpose: str) -> dict[tuple[str, str], Choice]:
    """What each of these members last said, by member and channel."""
    found = await tx.fetch(_CHOICES, list(member_ids), purpose)
    return {(str(row["asked"]), row["channel"]): Choice(row["choice"]) for row in found}


async def heads(tx: Tx, member_id: str) -> dict[tuple[Purpose, str], Choice]:
    """Everything that one member id last said, by purpose and channel."""
    found = await tx.fetch(_HEADS, member_id)
    return {(Purpose(row["purpose"]), row["channel"]): Choice(row["choice"]) for row in found}


async def history(tx: Tx, member_ids: Sequence[str], limit: int = 1_000) -> list[Consent]:
    """Every choice on record under these ids, newest first."""
    return [_consent(*row) for row in await tx.fetch(_HISTORY, list(member_ids), limit)]


def _consent(
    member_id: str, record_id: str, purpose: str, channel: str, said: str, source: str, text_version: str, *rest: object
) -> Consent:
    kind, actor_id, moment = rest
    assert isinstance(moment, datetime)
    choice_ = Said(Purpose(purpose), channel, Choice(said))
    return Consent(str(member_id), str(record_id), choice_, source, text_version, str(kind), str(actor_id), moment)
