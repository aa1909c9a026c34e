"""Proven logins that nobody has yet: they wait, on the device where they were proved, for a proof of the phone."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit.errors import Code, Fault
from kit.postgres import Tx
from services.member import vault as sealing
from services.member.identity import store_joins
from services.member.identity.domain import By, Identifier
from services.member.vault import Vault

LIFE = timedelta(minutes=15)
_PURPOSE = "login join"


class LoginSpent(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "LOGIN_SPENT"


@dataclass(frozen=True, slots=True)
class Joining:
    """An account at a login provider, and the name that the provider told."""

    identifier: Identifier
    name: str = field(default="", repr=False)


class Joins:
    """What is proved and belongs to nobody."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def keep(self, tx: Tx, joining: Joining, device_id: str, now: datetime) -> str:
        """A token for it; it works once, on this device."""
        token, it = secrets.token_urlsafe(32), joining.identifier
        told = json.dumps([it.value, joining.name]).encode()
        hashed = sealing.hashed(token)
        row = store_joins.Row(it.kind.value, self._vault.wrap(_PURPOSE, told, hashed.hex()))
        await store_joins.sweep(tx, now)
        await store_joins.insert(tx, hashed, row, self._device(device_id), now + LIFE)
        return token

    async def take(self, tx: Tx, token: str, device_id: str, now: datetime) -> Joining:
        """What waits under this token; refuses what is used up."""
        hashed = sealing.hashed(token)
        row = await store_joins.spend(tx, hashed, self._device(device_id), now)
        if row is None:
            raise LoginSpent("this login was used, has expired or began elsewhere", field="join_token")
        value, name = json.loads(self._vault.unwrap(_PURPOSE, row.subject_sealed, hashed.hex()))
        return Joining(Identifier(By(row.kind), value, row.kind, now), name)

    def _device(self, device_id: str) -> bytes:
        return self._vault.digest("login device", device_id)
