"""Who a person is, handed out to him or forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx
from services.member.access.sessions import Sessions
from services.member.identity import store_personal as store
from services.member.identity import store_shares
from services.member.privacy import opening
from services.member.privacy.opening import Opener
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
        "identifier_shares",
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
            "account": [_account(one, open_) for one in await store.members(tx, member_ids)],
            "identifiers": [_identifier(one, open_) for one in await store.identifiers(tx, member_ids)],
            "shared_numbers": [_share(one) for one in await store_shares.export(tx, member_ids)],
            "contacts": [_contact(one, open_) for one in await store.contacts(tx, member_ids)],
            "looks": [_look(one) for one in await store.looks(tx, member_ids)],
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Nobody finds him, nobody writes to him, and wherever he is signed in it ends."""
        for member_id in member_ids:
            await self._sessions.revoke(tx, "shop", member_id, "forgotten")
        return await store.forget(tx, member_ids) + await store_shares.forget(tx, member_ids)


def _account(one: Record, open_: Opener) -> Row:
    return {
        "member_id": one["member_id"],
        "kind": one["kind"],
        "name": open_.text(one["member_id"], "name", one["name_sealed"]),
        "join_time": one["join_time"].isoformat(),
        "claim_time": _time(one["claim_time"]),
        "source": one["source"],
        "enrolled_location_id": one["enrolled_location_id"],
        "enrolled_staff_code": one["enrolled_staff_code"],
    }


def _identifier(one: Record, open_: Opener) -> Row:
    return {
        "kind": one["kind"],
        "value": open_.text(one["member_id"], one["kind"], one["value_sealed"]),
        "source": one["source"],
        "verify_time": _time(one["verify_time"]),
        "add_time": one["add_time"].isoformat(),
    }


def _share(one: tuple[str, str, datetime]) -> Row:
    kind, source, add_time = one
    return {"kind": kind, "source": source, "add_time": add_time.isoformat()}


def _contact(one: Record, open_: Opener) -> Row:
    opened = {
        part: open_.text(one["member_id"], f"{one['contact_id']}:{part}", one[f"{part}_sealed"])
        for part in ("name", "phone", "address")
    }
    return {**opened, "time": one["record_time"].isoformat()}


def _look(one: Record) -> Row:
    return {
        "what": one["rpc"],
        "purpose": one["purpose"],
        "who": f"{one['actor_kind']} {one['actor_id']}",
        "time": one["business_time"].isoformat(),
    }


def _time(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
