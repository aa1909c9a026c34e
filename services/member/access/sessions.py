"""Sign-ins that last: a family of refresh tokens each, rotated with every use."""

import base64
import binascii
import secrets
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.telemetry import logs
from services.member import vault as sealing
from services.member.access import domain, store_sessions
from services.member.access.domain import Family, Grant, RefreshInvalid, Session, Token, Verdict
from services.member.access.signing import Keyring
from services.member.vault import Vault

_ID, _SECRET, _TAG = 16, 32, 16
_PURPOSE = "refresh token"
_KEPT = timedelta(days=1)

# (tx, family) -> what the principal may be now, or None if he may sign in no more
Grants = Callable[[Tx, Family], Awaitable[Grant | None]]

_log = logs.get(__name__)


class Sessions:
    """Opens, refreshes and ends sessions.

    Token life runs on the machine's clock (`wall`), as verifiers count it: moving business time ends no session.
    """

    def __init__(self, db: Database, vault: Vault, keys: Keyring, issuer: str, wall: Callable[[], datetime]) -> None:
        self._db = db
        self._vault = vault
        self._keys = keys
        self._issuer = issuer
        self._wall = wall
        self._grants: dict[str, Grants] = {}

    def know(self, kind: str, grants: Grants) -> None:
        """Says who tells what principals of this kind may do at present."""
        self._grants[kind] = grants

    async def token(self, grant: Grant, life: timedelta) -> Token:
        """An access token without a session: for devices and services."""
        await self.ready()
        return await self._keys.sign(grant, self._issuer, life)

    async def ready(self) -> None:
        """To be awaited before the transaction in which `open` is called."""
        await self._keys.ready()

    async def open(self, tx: Tx, grant: Grant, principal_id: str, device_id: str, life: timedelta) -> Session:
        """A new family for somebody who has just proved who he is."""
        now, family_id = self._wall(), uuid7()
        text = self._new_text(family_id)
        location_id = grant.location_ids[0] if grant.location_ids else ""
        await store_sessions.sweep(tx, now - _KEPT)
        family = Family(
            family_id, grant.audience, principal_id, device_id, grant.terminal_id, location_id,
            sealing.hashed(text), self._sealed(family_id, text), None, False, now, now + life, False,
        )  # fmt: skip
        await store_sessions.insert(tx, family)
        return Session(principal_id, await self._access(grant), Token(text, family.expire_time))

    async def refresh(self, text: str, device_id: str) -> Session:
        """Rotates a refresh token; a copy that is presented ends the family, and both must sign in again."""
        family_id = self._family_of(text)
        await self.ready()
        async with self._db.transaction() as tx:
            family = await store_sessions.lock(tx, family_id)
            session = await self._judged(tx, family, text, device_id) if family else None
        if session is None:
            raise RefreshInvalid("sign in again")
        return session

    async def end(self, text: str) -> None:
        """Signs out; an unknown or ended session is no error."""
        try:
            family_id = self._family_of(text)
        except RefreshInvalid:
            return
        async with self._db.transaction() as tx:
            await store_sessions.revoke(tx, family_id, self._wall(), "signed out")

    async def revoke(self, tx: Tx, kind: str, principal_id: str, reason: str) -> None:
        """Ends every session of a principal; access tokens live on for ten minutes at most."""
        await store_sessions.revoke_of_principal(tx, kind, principal_id, self._wall(), reason)

    async def revoke_terminal(self, tx: Tx, terminal_id: str, reason: str) -> datetime:
        """Ends every session of a terminal; answers when the last token that it holds has expired."""
        now = self._wall()
        await store_sessions.revoke_of_terminal(tx, terminal_id, now, reason)
        return now + domain.DEVICE_LIFE

    async def _judged(self, tx: Tx, family: Family, text: str, device_id: str) -> Session | None:
        """The session that the token deserves; None commits what was decided against it."""
        now = self._wall()
        verdict = domain.judge(family, sealing.hashed(text), device_id, now)
        if verdict is Verdict.REVOKE:
            _log.warning("refresh token copied: family ended", reason="REFRESH_REUSED")
            await store_sessions.revoke(tx, family.family_id, now, "reused")
        if verdict in (Verdict.REVOKE, Verdict.REFUSE):
            return None
        grant = await self._grants[family.kind](tx, family)
        if grant is None:
            await store_sessions.revoke(tx, family.family_id, now, "principal ended")
            return None
        return await self._continued(tx, family, grant, verdict)

    async def _continued(self, tx: Tx, family: Family, grant: Grant, verdict: Verdict) -> Session:
        if verdict is Verdict.REPEAT:
            await store_sessions.take_previous(tx, family.family_id)
            fresh = self._vault.unwrap(_PURPOSE, family.current_sealed, family.family_id).decode()
        else:
            fresh = self._new_text(family.family_id)
            sealed = self._sealed(family.family_id, fresh)
            await store_sessions.rotate(tx, family.family_id, sealing.hashed(fresh), sealed, self._wall())
        access = await self._access(grant)
        return Session(family.principal_id, access, Token(fresh, family.expire_time))

    async def _access(self, grant: Grant) -> Token:
        return await self._keys.sign(grant, self._issuer, domain.ACCESS_LIFE)

    def _sealed(self, family_id: str, text: str) -> bytes:
        return self._vault.wrap(_PURPOSE, text.encode(), family_id)

    def _new_text(self, family_id: str) -> str:
        """Family, 256 random bits, and a tag: a guess at a family's id is told from a token that was once ours."""
        body = uuid.UUID(family_id).bytes + secrets.token_bytes(_SECRET)
        return base64.urlsafe_b64encode(body + self._tag(body)).rstrip(b"=").decode()

    def _family_of(self, text: str) -> str:
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        body, tag = raw[: _ID + _SECRET], raw[_ID + _SECRET :]
        if len(raw) != _ID + _SECRET + _TAG or not sealing.same(tag, self._tag(body)):
            raise RefreshInvalid("sign in again")
        return str(uuid.UUID(bytes=body[:_ID]))

    def _tag(self, body: bytes) -> bytes:
        return self._vault.digest("refresh tag", body.hex())[:_TAG]
