"""Who a person is, handed out to him or forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.access.sessions import Sessions
from services.member.identity import store_personal as store
from services.member.privacy import opening
from services.member.privacy.parts import Row
from services.member.vault import Vault


class IdentityHolding:
    """The register, identifiers, contacts, and who looked at them.

    What tills told of him stays as they told it, sealed under the key that is
    destroyed; who looked stays as long as the chain that proves it.
    """

    tables = (
        "members",
        "member_identifiers",
        "identifier_holders",
        "member_aliases",
        "contacts",
        "people_facts",
        "personal_reads",
    )

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Opened as he would read it."""
        open_ = await opening.opener(tx, vault, member_ids)
        return {
            "account": [
                {
                    "member_id": one["member_id"],
                    "kind": one["kind"],
                    "name": open_.text(one["member_id"], "name", one["name_sealed"]),
                    "join_time": one["join_time"].isoformat(),
                    "claim_time": one["claim_time"].isoformat() if one["claim_time"] else "",
                    "source": one["source"],
                    "enrolled_location_id": one["enrolled_location_id"],
                    "enrolled_staff_code": one["enrolled_staff_code"],
                }
                for one in await store.members(tx, member_ids)
            ],
            "identifiers": [
                {
                    "kind": one["kind"],
                    "value": open_.text(one["member_id"], one["kind"], one["value_sealed"]),
                    "source": one["source"],
                    "verify_time": one["verify_time"].isoformat() if one["verify_time"] else "",
                    "add_time": one["add_time"].isoformat(),
                }
                for one in await store.identifiers(tx, member_ids)
            ],
            "contacts": [
                {
                    **{
                        part: open_.text(one["member_id"], f"{one['contact_id']}:{part}", one[f"{part}_sealed"])
                        for part in ("name", "phone", "address")
                    },
                    "time": one["record_time"].isoformat(),
                }
                for one in await store.contacts(tx, member_ids)
            ],
            "looks": [
                {
                    "what": one["rpc"],
                    "purpose": one["purpose"],
                    "who": f"{one['actor_kind']} {one['actor_id']}",
                    "time": one["business_time"].isoformat(),
                }
                for one in await store.looks(tx, member_ids)
            ],
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Nobody finds him, nobody writes to him, and wherever he is signed in it ends."""
        for member_id in member_ids:
            await self._sessions.revoke(tx, "shop", member_id, "forgotten")
        return await store.forget(tx, member_ids)
