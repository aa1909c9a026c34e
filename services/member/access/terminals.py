"""Store systems: enrolled by a one-time code from headquarters, proved by a lasting credential."""

from collections.abc import Sequence

from kit import access, fields, outbox, pages, requests
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import access_service_pb2 as pb
from services.member import vault as sealing
from services.member.access import credentials, domain, store_terminals, wire
from services.member.access.domain import By, CodeSpent, CredentialInvalid, Grant, Terminal, TerminalUnknown, Token
from services.member.access.sessions import Sessions
from services.member.vault import Vault


class Terminals:
    """Every store system of the brand."""

    def __init__(self, db: Database, vault: Vault, sessions: Sessions, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._vault = vault
        self._sessions = sessions
        self._clock = clock
        self._page_key = page_key

    async def create_code(self, request: Request, location_id: str, name: str) -> pb.CreateTerminalCodeResponse:
        """A code to type into the new terminal; asked again with the same request, the same code."""

        async def work(tx: Tx) -> pb.CreateTerminalCodeResponse:
            expire_time = self._clock() + domain.TERMINAL_CODE_LIFE
            reply = pb.CreateTerminalCodeResponse(expire_time=fields.timestamp(expire_time))
            code_hash = self._hash(self._code(request, reply))
            await store_terminals.insert_code(tx, code_hash, location_id, name, expire_time, _by())
            return reply

        reply = await requests.once(self._db, request, work, pb.CreateTerminalCodeResponse)
        reply.code = self._code(request, reply)  # never stored: the answer that is kept for replay lacks it
        return reply

    async def enrol(self, code: str) -> tuple[Terminal, str]:
        """The terminal that the code was made for, and its credential, which nobody can read again."""
        secret, now = credentials.new_secret(), self._clock()
        async with self._db.transaction() as tx:
            place = await store_terminals.spend_code(tx, self._hash(code), now)
            if place is None:
                raise CodeSpent("this code was used, has expired or was never given out", field="code")
            terminal = Terminal(uuid7(), *place, active=True, version=1)
            await store_terminals.insert(tx, terminal, sealing.hashed(secret), _by())
            await outbox.append(tx, wire.terminal_changed(terminal, now))
        return terminal, secret

    async def issue(self, terminal_id: str, secret: str) -> tuple[Token, Terminal]:
        """An access token for the terminal whose credential this is."""
        async with self._db.read() as tx:
            known = await store_terminals.get(tx, terminal_id)
        right = sealing.same(sealing.hashed(secret), known[1] if known else sealing.hashed(""))
        if known is None or not right or not known[0].active:
            raise CredentialInvalid("the terminal or its credential is not known, or was revoked")
        terminal = known[0]
        grant = Grant(terminal_id, "device", (), (terminal.location_id,), terminal_id)
        return await self._sessions.token(grant, domain.DEVICE_LIFE), terminal

    async def revoke(self, request: Request, terminal_id: str, reason: str) -> pb.RevokeTerminalResponse:
        """Trusts a terminal no longer: no new token, and every session on it ends."""

        async def work(tx: Tx) -> pb.RevokeTerminalResponse:
            now = self._clock()
            ends = await self._sessions.revoke_terminal(tx, terminal_id, reason)
            revoked = await store_terminals.revoke(tx, terminal_id, now, reason, _by())
            if revoked is not None:
                await outbox.append(tx, wire.terminal_changed(revoked, now, reason))
            elif await store_terminals.get(tx, terminal_id) is None:
                raise TerminalUnknown("no such terminal", field="terminal_id")
            return pb.RevokeTerminalResponse(tokens_expire_time=fields.timestamp(ends))

        return await requests.once(
            self._db, request, work, pb.RevokeTerminalResponse, aggregate_id=lambda _: terminal_id
        )

    async def page(self, location_id: str, size: int, token: str) -> tuple[Sequence[Terminal], str]:
        """Terminals, oldest first."""
        size, cursor = pages.page_size(size), pages.decode(token, self._page_key)
        async with self._db.read() as tx:
            after = cursor["after"] if cursor else "00000000-0000-0000-0000-000000000000"
            found = await store_terminals.page(tx, after, location_id, size + 1)
        more = pages.encode({"after": found[size - 1].terminal_id}, self._page_key) if len(found) > size else ""
        return found[:size], more

    def _code(self, request: Request, reply: pb.CreateTerminalCodeResponse) -> str:
        expires = reply.expire_time.ToJsonString()
        return credentials.terminal_code(self._vault, request.principal, request.request_id, expires)

    def _hash(self, code: str) -> bytes:
        return self._vault.digest("terminal code hash", credentials.normalised_code(code))


def _by() -> By:
    actor = access.current().actor
    return By(actor.kind, actor.id)
