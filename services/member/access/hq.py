"""Headquarters users: invited by a link that works once, then signed in by it."""

from collections.abc import Sequence

from kit import access, fields, requests
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import access_service_pb2 as pb
from services.member import vault as sealing
from services.member.access import credentials, domain, store_hq
from services.member.access.domain import By, CodeSpent, Family, Grant, HqUser, Session, UserUnknown
from services.member.access.sessions import Sessions
from services.member.vault import Vault

AUDIENCE = "hq"


class Headquarters:
    """Who works at headquarters."""

    def __init__(self, db: Database, vault: Vault, sessions: Sessions, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._sessions = sessions
        self._clock = clock
        sessions.know(AUDIENCE, self._granted)

    async def invite(
        self, request: Request, user_id: str, display_name: str, roles: Sequence[str]
    ) -> pb.InviteHqUserResponse:
        """A user (a new one, if no id is given) and his link; asked again with the same request, the same link."""
        domain.check_hq_user(display_name, roles)

        async def work(tx: Tx) -> pb.InviteHqUserResponse:
            if user_id and await store_hq.get(tx, user_id) is None:
                raise UserUnknown("no such user", field="user_id")
            user = HqUser(user_id or uuid7(), display_name, tuple(sorted(set(roles))), True)
            expire_time = self._clock() + domain.INVITE_LIFE
            reply = pb.InviteHqUserResponse(user_id=user.user_id, expire_time=fields.timestamp(expire_time))
            actor = access.current().actor
            await store_hq.invite(tx, user, sealing.hashed(self._link(reply)), expire_time, By(actor.kind, actor.id))
            return reply

        reply = await requests.once(self._db, request, work, pb.InviteHqUserResponse)
        reply.invite_token = self._link(reply)  # never stored: the answer that is kept for replay lacks it
        return reply

    def _link(self, reply: pb.InviteHqUserResponse) -> str:
        return credentials.link_token(self._vault, reply.user_id, reply.expire_time.ToJsonString())

    async def redeem(self, link: str, device_id: str) -> tuple[Session, HqUser]:
        """Signs the invited user in; the link is spent by it."""
        await self._sessions.ready()
        async with self._db.transaction() as tx:
            user = await store_hq.redeem(tx, sealing.hashed(link), self._clock())
            if user is None or not user.active:
                raise CodeSpent("this link was used, has expired or was never given out", field="invite_token")
            session = await self._sessions.open(tx, _grant(user), user.user_id, device_id, domain.WORK_SESSION)
        return session, user

    async def _granted(self, tx: Tx, family: Family) -> Grant | None:
        user = await store_hq.get(tx, family.principal_id)
        return _grant(user) if user and user.active else None


def _grant(user: HqUser) -> Grant:
    return Grant(user.user_id, AUDIENCE, roles=user.roles)
