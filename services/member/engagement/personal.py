"""What engagement keeps of a person, handed out or forgotten."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from asyncpg import Record

from kit.postgres import Tx
from services.member.engagement import store_personal as store
from services.member.privacy.parts import Row
from services.member.vault import Vault


class _Engagement:
    tables = (
        "messages",
        "message_counts",
        "message_preferences",
        "member_facts",
        "fact_orders",
        "fact_logins",
        "campaign_members",
        "referral_codes",
    )

    async def export(self, tx: Tx, member_ids: Sequence[str], _vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Nothing of it is sealed: no address, no text is kept."""
        return {
            section: [_plain(row) for row in await store.read(tx, statement, member_ids)]
            for section, statement in store.SECTIONS.items()
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Orders and campaigns keep their figures under ids that mean nobody."""
        return await store.forget(tx, member_ids)


def _plain(row: Record) -> Row:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


HOLDING = _Engagement()
