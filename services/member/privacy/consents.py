"""Consents: what a member agreed to, recorded for ever, asked before anything is done that needs it."""

from collections.abc import Sequence
from datetime import datetime

from kit import access
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.identity import store as members
from services.member.privacy import domain, store_consents
from services.member.privacy.domain import Consent, Said


async def allowed(tx: Tx, member_id: str, purpose: str, channel: str = "") -> bool:
    """Whether the member may be written to, or something be kept of him, for a purpose in a channel.

    `purpose` is MARKETING, SERVICE, TRANSACTIONAL, BROWSING or SHARING; `channel` a channel's name, empty for
    the last two.
    """
    if purpose == domain.TRANSACTIONAL:
        return True
    return domain.holds(purpose, await store_consents.choice(tx, member_id, purpose, channel))


async def allowed_channels(
    tx: Tx, member_ids: Sequence[str], purpose: str, channels: Sequence[str]
) -> dict[str, list[str]]:
    """For each of these members, in which of these channels he may be written to: many at once."""
    if purpose == domain.TRANSACTIONAL:
        return {one: list(channels) for one in member_ids}
    said = await store_consents.choices(tx, member_ids, purpose)
    return {
        one: [channel for channel in channels if domain.holds(purpose, said.get((one, channel)))] for one in member_ids
    }


async def record(
    tx: Tx, member_id: str, said: Sequence[Said], source: str, text_version: str, business_time: datetime
) -> list[Consent]:
    """Puts choices on record under the member whom the id means."""
    meant = await members.resolve(tx, member_id)
    actor = access.current().actor
    told = [
        Consent(meant, uuid7(), one, source, text_version, str(actor.kind), actor.id, business_time) for one in said
    ]
    await store_consents.append(tx, told)
    return told
