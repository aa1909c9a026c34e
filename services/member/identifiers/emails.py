"""Proves that an e-mail address is a member's, by a code that he types or a link that he follows."""

import secrets
from datetime import timedelta
from urllib.parse import quote

from kit import access
from kit.access import Principal
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from omo.member.v1 import member_pb2
from services.member import vault as sealing
from services.member.access.domain import CodeSpent
from services.member.identifiers import store
from services.member.identifiers.usecases import Identifiers
from services.member.identity import domain, otp
from services.member.identity import store as members
from services.member.identity.arrivals import Proved
from services.member.identity.domain import By, Identifier, OtpWrong
from services.member.identity.otp import Sent
from services.member.identity.register import Register
from services.member.identity.rulebook import Rulebook
from services.member.identity.senders import Letter, Sender
from services.member.vault import Vault

LIFE = timedelta(hours=1)
_KEPT = timedelta(days=7)
_PURPOSE = "email proof"


class Emails:
    """Letters to addresses that nobody has proved yet."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        register: Register,
        identifiers: Identifiers,
        rulebook: Rulebook,
        sender: Sender,
        clock: Clock,
        link_url: str,
    ) -> None:
        self._db = db
        self._vault = vault
        self._register = register
        self._identifiers = identifiers
        self._rulebook = rulebook
        self._sender = sender
        self._clock = clock
        self._link_url = link_url
        # called in the transaction in which an address is proved to be a member's
        self.on_proof: list[Proved] = []

    async def request(self, member_id: str, email: str) -> Sent:
        """Writes to the address. Whether anybody has it is not even looked up here."""
        now, challenge_id, code, link = self._clock(), uuid7(), otp.new_code(), secrets.token_urlsafe(32)
        address = domain.normalised(By.EMAIL, email)
        if address is None:
            raise invalid("email", "must be an e-mail address")
        scopes = {
            self._vault.digest("otp scope", "address", address): domain.NUMBER,
            self._vault.digest("otp scope", "letters", member_id): domain.DEVICE,
        }
        waiting = store.Waiting(
            challenge_id,
            member_id,
            self._vault.wrap(_PURPOSE, address.encode(), challenge_id),
            self._vault.digest("otp code", challenge_id, code),
            0,
        )
        async with self._db.transaction() as tx:
            await self._identifiers.member(tx, member_id)
            (await self._rulebook.current(tx)).refuse_blocked(Identifier(By.EMAIL, address), "email")
            await otp.count(tx, scopes, now)
            await store.insert(tx, waiting, sealing.hashed(link), now, now + LIFE)
            await store.sweep(tx, now - _KEPT)
        follow = f"{self._link_url}?token={quote(link)}" if self._link_url else ""
        shown = domain.masked(By.EMAIL, address)
        await self._sender.send(Letter(challenge_id, "", shown, code, now + LIFE, "email", address, follow))
        return Sent(challenge_id, now + LIFE, int(domain.NUMBER[0].period.total_seconds()))

    async def prove(self, member_id: str, challenge_id: str, code: str) -> member_pb2.Identifier:
        """By the code that stood in the letter."""
        now = self._clock()
        access.require_member(member_id)
        async with self._db.transaction() as tx:
            taken = await store.take_try(tx, challenge_id, member_id, now, domain.OTP_TRIES)
        if taken is None:
            raise otp.spent()
        if not sealing.same(taken.code_hash, self._vault.digest("otp code", challenge_id, code)):
            left = domain.OTP_TRIES - taken.tries
            raise OtpWrong(f"the code is not right, {left} tries left", field="code", tries_left=left)
        asked: list[Identifier] = []
        async with self._identifiers.noticing(member_id, asked), self._db.transaction() as tx:
            if not await store.spend(tx, challenge_id, now):
                raise otp.spent()
            return await self._proved(tx, taken, asked)

    async def follow(self, token: str) -> None:
        """By the link: whoever opens it has the letter, and is asked nothing more."""
        now, asked = self._clock(), list[Identifier]()
        async with self._db.read() as look:
            found = await store.by_link(look, sealing.hashed(token), now)
        if found is None:
            raise _spent_link()
        with access.acting_as(_himself(found.member_id)):
            async with self._identifiers.noticing(found.member_id, asked), self._db.transaction() as tx:
                waiting = await store.by_link(tx, sealing.hashed(token), now)
                if waiting is None or not await store.spend(tx, waiting.challenge_id, now):
                    raise _spent_link()
                await self._proved(tx, waiting, asked)

    async def _proved(self, tx: Tx, waiting: store.Waiting, asked: list[Identifier]) -> member_pb2.Identifier:
        now = self._clock()
        address = self._vault.unwrap(_PURPOSE, waiting.address_sealed, waiting.challenge_id).decode()
        value = (await self._rulebook.current(tx)).normalised(By.EMAIL, address)
        assert value is not None, "it was an address when the letter went out"
        member = await self._identifiers.member(tx, waiting.member_id)
        proven = Identifier(By.EMAIL, value, "app", now, now)
        asked.append(proven)
        await self._identifiers.give(tx, member.member_id, proven, "email")
        await members.verify(tx, member.member_id, By.EMAIL.value, self._register.lookup(proven), now)
        for hear in self.on_proof:
            await hear(tx, member.member_id, (proven,), now)
        after = await self._identifiers.member(tx, waiting.member_id)
        return self._identifiers.own(after, By.EMAIL, value)


def _spent_link() -> CodeSpent:
    return CodeSpent("this link was used, has expired or was never given out", field="token")


def _himself(member_id: str) -> Principal:
    return Principal(access.Kind.MEMBER, member_id, "shop")
