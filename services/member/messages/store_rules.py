"""Every SQL statement about how the brand writes: templates, rules, what members like."""

from collections.abc import Sequence

from asyncpg import Record

from kit.access import Actor
from kit.postgres import Tx
from services.member.messages.domain import Purpose
from services.member.messages.domain_hours import Quiet
from services.member.messages.domain_sending import Liked, Rules
from services.member.messages.domain_templates import Template, Words

# What holds until headquarters says otherwise: nobody is written to at night, and not every day.
DEFAULT = Rules(0, Quiet(21 * 60, 9 * 60), 1, 3, 500, 200, ("line", "push", "email", "sms", "console"), "zh-TW")

_TEMPLATE = "template_id, version, name, purpose, params, locales, subjects, texts, htmls, link, record_time"
_PUT_TEMPLATE = f"""
INSERT INTO message_templates (template_id, version, name, purpose, params, locales, subjects, texts, htmls, link,
                               actor_kind, actor_id)
SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
  FROM message_templates WHERE template_id = $1
RETURNING {_TEMPLATE}
"""
_TEMPLATES = f"""
SELECT DISTINCT ON (template_id) {_TEMPLATE} FROM message_templates WHERE template_id = ANY($1::text[])
 ORDER BY template_id, version DESC
"""
_VERSION = f"SELECT {_TEMPLATE} FROM message_templates WHERE template_id = $1 AND version = $2"
_TEMPLATE_PAGE = f"""
SELECT DISTINCT ON (template_id) {_TEMPLATE} FROM message_templates WHERE template_id > $1
 ORDER BY template_id, version DESC LIMIT $2
"""

_RULES = """
SELECT version, quiet_from, quiet_to, per_day, per_week, block_limit_bp, block_min_sent, channels, locale
  FROM message_rules ORDER BY version DESC LIMIT 1
"""
_PUT_RULES = """
INSERT INTO message_rules (version, quiet_from, quiet_to, per_day, per_week, block_limit_bp, block_min_sent, channels,
                           locale, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (version) DO NOTHING RETURNING true
"""

_PREFERENCES = "SELECT * FROM message_preferences WHERE member_id = resolve_member($1)"
_PUT_PREFERENCES = """
INSERT INTO message_preferences AS p (member_id, locale, quiet_from, quiet_to, channels)
VALUES (resolve_member($1), $2, $3, $4, $5)
    ON CONFLICT (member_id) DO UPDATE
   SET locale = excluded.locale, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
       channels = excluded.channels, version = p.version + 1, record_time = now()
RETURNING *
"""


async def put_template(tx: Tx, one: Template, actor: Actor) -> Template:
    """Keeps the next version."""
    columns = [[getattr(words, part) for words in one.texts] for part in ("locale", "subject", "text", "html")]
    head = (one.template_id, one.name, int(one.purpose), list(one.params))
    row = await tx.fetchrow(_PUT_TEMPLATE, *head, *columns, one.link, actor.kind, actor.id)
    assert row is not None, "an aggregate without groups has one row"
    return _template(row)


async def templates(tx: Tx, template_ids: Sequence[str]) -> dict[str, Template]:
    """The versions in force."""
    return {row["template_id"]: _template(row) for row in await tx.fetch(_TEMPLATES, sorted(set(template_ids)))}


async def template_version(tx: Tx, template_id: str, version: int) -> Template | None:
    """A version that was sent."""
    row = await tx.fetchrow(_VERSION, template_id, version)
    return _template(row) if row else None


async def template_page(tx: Tx, after: str, limit: int) -> list[Template]:
    """Templates in the order of their ids."""
    return [_template(row) for row in await tx.fetch(_TEMPLATE_PAGE, after, limit)]


def _template(row: Record) -> Template:
    texts = zip(row["locales"], row["subjects"], row["texts"], row["htmls"], strict=True)
    return Template(
        row["template_id"],
        row["version"],
        row["name"],
        Purpose(row["purpose"]),
        tuple(row["params"]),
        tuple(Words(*one) for one in texts),
        row["link"],
        row["record_time"],
    )


async def rules(tx: Tx) -> Rules:
    """The rules in force."""
    row = await tx.fetchrow(_RULES)
    if row is None:
        return DEFAULT
    quiet = Quiet(row["quiet_from"], row["quiet_to"])
    limits = (row["per_day"], row["per_week"], row["block_limit_bp"], row["block_min_sent"])
    return Rules(row["version"], quiet, *limits, tuple(row["channels"]), row["locale"])


async def put_rules(tx: Tx, one: Rules, actor: Actor) -> bool:
    """Keeps this version; False if somebody else has put it first."""
    quiet, limits = (one.quiet.start, one.quiet.end), (one.per_day, one.per_week)
    blocks = (one.block_limit_bp, one.block_min_sent, list(one.channels), one.locale)
    return bool(await tx.fetchval(_PUT_RULES, one.version, *quiet, *limits, *blocks, actor.kind, actor.id))


async def preferences(tx: Tx, member_id: str) -> Record | None:
    """What a member said that he likes."""
    row: Record | None = await tx.fetchrow(_PREFERENCES, member_id)
    return row


async def put_preferences(tx: Tx, liked: Liked) -> Record:
    """Keeps it."""
    start, end = (liked.quiet.start, liked.quiet.end) if liked.quiet else (None, None)
    row = await tx.fetchrow(_PUT_PREFERENCES, liked.member_id, liked.locale, start, end, list(liked.channels))
    assert row is not None, "what is put is there"
    return row
