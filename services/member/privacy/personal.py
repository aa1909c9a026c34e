"""What is kept of a person's own choices and requests, handed out to him or forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.privacy import store_consents, store_exports
from services.member.privacy.parts import Row
from services.member.vault import Vault


class _Privacy:
    # what he agreed to, and that he was forgotten, is the proof: both stay under ids that mean nobody
    tables = ("consent_records", "consent_heads", "exports", "erasures", "member_tombstones")

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Every choice with its wording, every file."""
        return {
            "consents": [
                {
                    "purpose": one.said.purpose.value,
                    "channel": one.said.channel,
                    "choice": one.said.choice.value,
                    "source": one.source,
                    "text_version": one.text_version,
                    "by": one.actor_kind,
                    "time": one.business_time.isoformat(),
                }
                for one in await store_consents.history(tx, member_ids)
            ],
            "exports": [
                {"request_time": one.request_time.isoformat(), "state": one.state.value}
                for one in await store_exports.of_person(tx, member_ids)
            ],
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Files that wait to be fetched."""
        return await store_exports.forget(tx, member_ids)


HOLDING = _Privacy()
