"""Identifiers that were a person's, handed out to him or forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.identifiers import store
from services.member.privacy.parts import Row
from services.member.vault import Vault


class _Former:
    tables = ("identifier_endings", "email_proofs")

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Without their values, which nobody keeps."""
        return {
            "former_identifiers": [
                {
                    "kind": one.kind,
                    "source": one.source,
                    "add_time": one.add_time.isoformat(),
                    "end_time": one.end_time.isoformat(),
                    "reason": one.reason,
                }
                for one in await store.endings(tx, member_ids)
            ]
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Also by their hashes he is found no more."""
        return await store.forget(tx, member_ids)


HOLDING = _Former()
