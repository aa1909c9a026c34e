"""What was said with a person, and the devices that he is reached at, handed out or forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.channels import store as channels
from services.member.conversation import store_entries
from services.member.conversation import store_personal as store
from services.member.conversation.domain import Kind
from services.member.conversation.entering import place
from services.member.privacy import opening
from services.member.privacy.parts import Row
from services.member.vault import Vault

_ALL = 1_000_000


class _Conversations:
    tables = ("conversations", "push_subscriptions")

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Every entry, also what staff noted of him."""
        open_ = await opening.opener(tx, vault, member_ids)
        said: list[Row] = []
        for thread in await store.threads(tx, member_ids):
            for one in await store_entries.page(tx, thread["conversation_id"], 0, tuple(Kind), _ALL):
                told = one.entry
                said.append(
                    {
                        "conversation_id": thread["conversation_id"],
                        "channel": thread["channel"],
                        "kind": told.kind.name,
                        "form": told.form.name,
                        "time": told.business_time.isoformat(),
                        "staff_code": told.staff_code,
                        "text": open_.text(thread["member_id"], place(told.entry_id), one.text_sealed),
                    }
                )
        devices: list[Row] = [
            {"subscription_id": subscription_id, "time": at.isoformat()}
            for subscription_id, _, _, at in await channels.of_ids(tx, member_ids)
        ]
        return {"conversations": said, "push_subscriptions": devices}

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Threads end without a word left in them; that there were some stays, as a history of staff's work."""
        return await store.forget(tx, member_ids, business_time) + await channels.forget(tx, member_ids)


HOLDING = _Conversations()
