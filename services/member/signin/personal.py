"""A person's passkeys, handed out to him or forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.privacy import opening
from services.member.privacy.parts import Row
from services.member.signin import store_passkeys as store
from services.member.vault import Vault


class _Passkeys:
    tables = ("passkeys", "passkey_challenges")

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Their names and times; the public halves mean nothing to anybody."""
        open_ = await opening.opener(tx, vault, member_ids)
        return {
            "passkeys": [
                {
                    "name": open_.text(one.member_id, "passkey", one.name_sealed),
                    "add_time": one.add_time.isoformat(),
                    "last_use_time": one.last_use_time.isoformat() if one.last_use_time else "",
                }
                for one in await store.of(tx, member_ids)
            ]
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """No device signs in as him any more."""
        return await store.forget(tx, member_ids)


HOLDING = _Passkeys()
