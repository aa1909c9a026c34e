"""Signs access tokens, with keys that rotate a day ahead of their use."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from kit import fields, requests
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.tokens import ALGORITHM, TYPE
from omo.member.v1 import access_service_pb2 as pb
from services.member.access import domain_keys, statements, store_keys
from services.member.access.domain import Grant, Token
from services.member.access.domain_keys import SigningKey
from services.member.vault import Vault

_RELOAD = 60.0  # another replica may have made the next key
_PURPOSE = "signing key"


class Keyring:
    """The signing keys, as the database has them; makes the next one when it is time.

    Reloading on use is enough: while nobody asks for tokens, no key needs to come.
    """

    def __init__(self, db: Database, vault: Vault, wall: Callable[[], datetime]) -> None:
        self._db = db
        self._vault = vault
        self._wall = wall
        self._keys: list[SigningKey] = []
        self._loaded = float("-inf")
        self._lock = asyncio.Lock()

    async def jwks(self) -> dict[str, Any]:
        """The public keys that a living token may name."""
        now = self._wall()
        return {"keys": [_public(key) for key in domain_keys.published(await self._current(), now)]}

    async def statement(self, claims: dict[str, Any], kind: str) -> str:
        """Signs something that is no access token; `kind` keeps it from ever being taken for one."""
        key = domain_keys.signer(await self._current(), self._wall())
        assert key is not None, "the first key is active at once"
        return _compact(key, claims, kind)

    async def stated(self, text: str, kind: str) -> dict[str, Any]:
        """What a statement of this kind says; nothing, if no key of ours signed it."""
        return statements.read(text, kind, domain_keys.published(await self._current(), self._wall()))

    async def sign(self, grant: Grant, issuer: str, life: timedelta) -> Token:
        """A token for this grant, signed with the newest key that may be used.

        Takes the keys as they were last read: it is called inside transactions, where waiting for a second
        connection could stop everybody. `ready` comes before the transaction.
        """
        now = self._wall()
        key = domain_keys.signer(self._keys or await self._current(), now)
        assert key is not None, "the first key is active at once"
        end = now + life
        claims = _claims(grant, issuer, int(now.timestamp()), int(end.timestamp()))
        return Token(_compact(key, claims, TYPE), datetime.fromtimestamp(claims["exp"], now.tzinfo))

    async def ready(self) -> None:
        """Reads the keys again if that is due."""
        await self._current()

    async def rotate(self, request: Request, *, compromised: bool) -> pb.RotateSigningKeyResponse:
        """Makes the next key now. Of a compromised set nothing is kept: verifiers learn it within minutes."""

        async def work(tx: Tx) -> pb.RotateSigningKeyResponse:
            now = self._wall()
            key = self._generate(now if compromised else now + domain_keys.KEY_LEAD)
            await store_keys.lock(tx)
            if compromised:
                await store_keys.delete_all(tx)
            await store_keys.insert(tx, key, self._sealed(key))
            return pb.RotateSigningKeyResponse(kid=key.kid, active_time=fields.timestamp(key.active_time))

        reply = await requests.once(self._db, request, work, pb.RotateSigningKeyResponse)
        self._loaded = float("-inf")
        return reply

    async def _current(self) -> list[SigningKey]:
        if time.monotonic() - self._loaded > _RELOAD:
            async with self._lock:
                if time.monotonic() - self._loaded > _RELOAD:
                    await self._load()
        return self._keys

    async def _load(self) -> None:
        keys = await self._read()
        if domain_keys.next_key_time(keys, self._wall()) is not None:
            keys = await self._succeed()
        self._keys, self._loaded = keys, time.monotonic()

    async def _succeed(self) -> list[SigningKey]:
        """Makes the next key, unless another replica was first, and forgets those that no token can name."""
        async with self._db.transaction() as tx:
            await store_keys.lock(tx)
            keys = [self._open(row) for row in await store_keys.all_of(tx)]
            now = self._wall()
            at = domain_keys.next_key_time(keys, now)
            if at is None:
                return keys
            key = self._generate(at)
            await store_keys.insert(tx, key, self._sealed(key))
            living = domain_keys.published([*keys, key], now)
            await store_keys.keep(tx, [kept.kid for kept in living])
            return living

    async def _read(self) -> list[SigningKey]:
        async with self._db.read() as tx:
            return [self._open(row) for row in await store_keys.all_of(tx)]

    def _generate(self, active_time: datetime) -> SigningKey:
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return SigningKey(uuid7(), public, private, active_time)

    def _sealed(self, key: SigningKey) -> bytes:
        return self._vault.wrap(_PURPOSE, key.private, key.kid)

    def _open(self, row: store_keys.Row) -> SigningKey:
        private = self._vault.unwrap(_PURPOSE, row.private_sealed, row.kid)
        return SigningKey(row.kid, row.public_key, private, row.active_time)


def _claims(grant: Grant, issuer: str, now: int, end: int) -> dict[str, Any]:
    claims: dict[str, Any] = {"iss": issuer, "sub": grant.subject, "aud": grant.audience}
    claims |= {"iat": now, "nbf": now, "exp": end, "jti": uuid7()}
    more = {
        "roles": list(grant.roles),
        "locations": list(grant.location_ids),
        "terminal": grant.terminal_id,
        "staff_code": grant.staff_code,
    }
    return claims | {name: value for name, value in more.items() if value}


def _compact(key: SigningKey, claims: dict[str, Any], kind: str) -> str:
    """RFC 7515; two lines of it are less than a library whose EdDSA warns with every token."""
    header = {"alg": ALGORITHM, "typ": kind, "kid": key.kid}
    signed = b".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return (signed + b"." + _encode(_loaded(key.private).sign(signed))).decode()


@lru_cache(maxsize=8)
def _loaded(private: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(private)


def _public(key: SigningKey) -> dict[str, str]:
    x = _encode(key.public).decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": key.kid, "use": "sig", "alg": ALGORITHM}


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
