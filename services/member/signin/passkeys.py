"""Signs in by passkeys: a key pair on the member's device, of which only the public half is here."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request, once
from omo.member.v1 import signin_service_pb2 as pb
from services.member.identifiers.usecases import Identifiers
from services.member.identity import reading, store
from services.member.identity.arrivals import Arrival, Arrivals, Welcome
from services.member.identity.domain import IdentifierTaken
from services.member.identity.domain_rules import IdentifierLimited, IdentifierUnknown, LastLogin
from services.member.identity.joins import LoginSpent
from services.member.identity.register import Register
from services.member.signin import store_passkeys
from services.member.signin.line import Coming, LoginNotOffered
from services.member.signin.provider import LoginRefused
from services.member.signin.store_passkeys import Row
from services.member.vault import Vault

MOST = 10
_LIFE = timedelta(minutes=5)
_COLUMN = "passkey"


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to."""

    domain: str
    origins: list[str]
    brand: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device is to sign."""

    challenge_id: str
    options_json: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Passkey:
    """One of a member's."""

    row: Row
    name: str = field(repr=False)


class Passkeys:
    """The standard's checks are py_webauthn's; ours is that a challenge is used once, by whom it was for."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        register: Register,
        identifiers: Identifiers,
        arrivals: Arrivals,
        site: Site,
        clock: Clock,
    ) -> None:
        self._db = db
        self._vault = vault
        self._register = register
        self._identifiers = identifiers
        self._arrivals = arrivals
        self._site = site
        self._clock = clock

    async def begin(self, member_id: str) -> Asked:
        """What the member's device needs to make one; devices that have one are told so."""
        site, now, challenge = self._offered(), self._clock(), secrets.token_bytes(32)
        async with self._db.transaction() as tx:
            member = await self._identifiers.member(tx, member_id)
            has = await store_passkeys.of(tx, [member.member_id])
            if len(has) >= MOST:
                raise IdentifierLimited(f"{MOST} passkeys are enough: remove one", field="member_id", kind="passkey")
            asked_id = await self._ask(tx, member.member_id, None, challenge, now)
        options = generate_registration_options(
            rp_id=site.domain,
            rp_name=site.brand,
            user_id=uuid.UUID(member.member_id).bytes,
            user_name=member.name or site.brand,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in has],
        )
        return Asked(asked_id, options_to_json(options), now + _LIFE)

    async def add(self, member_id: str, challenge_id: str, credential_json: str, name: str) -> Passkey:
        """Keeps the public half of what the device made."""
        site, now = self._offered(), self._clock()
        async with self._db.transaction() as tx:
            member = await self._identifiers.member(tx, member_id)
            challenge = await self._spent(tx, challenge_id, now, member.member_id, None)
        try:
            made: Any = verify_registration_response(
                credential=credential_json,
                expected_challenge=challenge,
                expected_rp_id=site.domain,
                expected_origin=site.origins,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise _refused() from None
        async with self._db.transaction() as tx:
            sealed = await self._register.seal(tx, member.member_id, _COLUMN, name) if name else None
            synced = made.credential_device_type is CredentialDeviceType.MULTI_DEVICE and made.credential_backed_up
            row = Row(
                made.credential_id, uuid7(), member.member_id, made.credential_public_key, made.sign_count, sealed,
                synced, now,
            )  # fmt: skip
            if not await store_passkeys.insert(tx, row):
                raise IdentifierTaken("this passkey is known already", field="credential_json")
        return Passkey(row, name)

    async def page(self, member_id: str) -> list[Passkey]:
        """The member's own."""
        async with self._db.transaction() as tx:
            member = await self._identifiers.member(tx, member_id)
            await reading.note(tx, self._clock(), "ListPasskeys", member_id=member.member_id)
            return [await self._opened(tx, row) for row in await store_passkeys.of(tx, [member.member_id])]

    async def remove(self, request: Request, member_id: str, passkey_id: str) -> pb.RemovePasskeyResponse:
        """Forgets it; the last way to sign in stays."""

        async def work(tx: Tx) -> pb.RemovePasskeyResponse:
            member = await self._identifiers.member(tx, member_id)
            await store.touch(tx, member.member_id)  # from here on nobody else changes him
            if not await store_passkeys.remove(tx, member.member_id, passkey_id):
                raise IdentifierUnknown("no such passkey", field="passkey_id")
            left = await store_passkeys.of(tx, [member.member_id])
            if not left and not await store_passkeys.logins(tx, member.member_id):
                raise LastLogin("it is the last way to sign in: prove another first", field="passkey_id")
            return pb.RemovePasskeyResponse()

        return await once(self._db, request, work, pb.RemovePasskeyResponse)

    async def begin_login(self, device_id: str) -> Asked:
        """What any device with a passkey of this site can sign; who it is, it says itself."""
        site, now, challenge = self._offered(), self._clock(), secrets.token_bytes(32)
        async with self._db.transaction() as tx:
            asked_id = await self._ask(tx, None, self._device(device_id), challenge, now)
        options = generate_authentication_options(
            rp_id=site.domain, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
        return Asked(asked_id, options_to_json(options), now + _LIFE)

    async def finish_login(self, challenge_id: str, credential_json: str, coming: Coming) -> Welcome:
        """In, as the member whose passkey signed."""
        site, now = self._offered(), self._clock()
        async with self._db.transaction() as tx:
            challenge = await self._spent(tx, challenge_id, now, None, self._device(coming.device_id))
        await self._arrivals.ready()
        async with self._db.transaction() as tx:
            row = await store_passkeys.get(tx, _credential_id(credential_json))
            if row is None:
                raise _refused()
            try:
                # refuses a counter that went back: two devices have the same key
                signed = verify_authentication_response(
                    credential=credential_json,
                    expected_challenge=challenge,
                    expected_rp_id=site.domain,
                    expected_origin=site.origins,
                    credential_public_key=row.public_key,
                    credential_current_sign_count=row.sign_count,
                    require_user_verification=True,
                )
            except (WebAuthnException, ValueError, KeyError, TypeError):
                raise _refused() from None
            await store_passkeys.used(
                tx, row.credential_id, signed.new_sign_count, synced=signed.credential_backed_up, now=now
            )
            member_id = await store.resolve(tx, row.member_id)
            arrival = Arrival((), coming.device_id, now, coming.source, "", coming.anonymous, coming.join_history)
            return await self._arrivals.open(tx, member_id, arrival)

    async def _ask(
        self, tx: Tx, member_id: str | None, device_hash: bytes | None, challenge: bytes, now: datetime
    ) -> str:
        challenge_id = uuid7()
        await store_passkeys.sweep(tx, now)
        await store_passkeys.ask(tx, challenge_id, member_id, device_hash, challenge, now + _LIFE)
        return challenge_id

    async def _spent(
        self, tx: Tx, challenge_id: str, now: datetime, member_id: str | None, device_hash: bytes | None
    ) -> bytes:
        challenge = await store_passkeys.spend(tx, challenge_id, now, member_id, device_hash)
        if challenge is None:
            raise LoginSpent("this was used, has expired or was asked of somebody else", field="challenge_id")
        return challenge

    async def _opened(self, tx: Tx, row: Row) -> Passkey:
        name = await self._register.open(tx, row.member_id, _COLUMN, row.name_sealed) if row.name_sealed else ""
        return Passkey(row, name)

    def _offered(self) -> Site:
        if not self._site.domain:
            raise LoginNotOffered("the brand has not set passkeys up")
        return self._site

    def _device(self, device_id: str) -> bytes:
        return self._vault.digest("login device", device_id)


def _credential_id(credential_json: str) -> bytes:
    try:
        return base64url_to_bytes(parse_authentication_credential_json(credential_json).id)
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise invalid("credential_json", "must be what navigator.credentials.get answered") from None


def _refused() -> LoginRefused:
    return LoginRefused("the passkey does not verify: begin again", field="credential_json")
