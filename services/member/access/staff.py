"""Store staff: who they are, and their sign-in by code and PIN on a terminal of a store where they work."""

from datetime import datetime

from kit import access, outbox, pages, requests
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import access_service_pb2 as pb
from services.member.access import domain, store_staff, store_terminals, wire
from services.member.access.credentials import Pins
from services.member.access.domain import By, CredentialInvalid, Family, Grant, PinLocked, Session, Staff
from services.member.access.sessions import Sessions

AUDIENCE = "staff"


class StaffRoom:
    """The staff of all stores."""

    def __init__(self, db: Database, pins: Pins, sessions: Sessions, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._pins = pins
        self._sessions = sessions
        self._clock = clock
        self._page_key = page_key
        sessions.know(AUDIENCE, self._granted)

    async def put(self, request: Request, staff: Staff, pin: str) -> pb.PutStaffResponse:
        """Creates or changes a staff member; whoever leaves, or whose PIN is new, must sign in again."""
        domain.check_staff(staff)
        pin_hash = ""
        if pin:
            domain.check_pin(pin)
            pin_hash = await self._pins.hash(staff.staff_code, pin)

        async def work(tx: Tx) -> pb.PutStaffResponse:
            actor = access.current().actor
            kept = await store_staff.put(tx, staff, By(actor.kind, actor.id))
            if pin_hash:
                await store_staff.put_pin(tx, staff.staff_code, pin_hash)
            if pin_hash or not staff.active:
                await self._sessions.revoke(tx, AUDIENCE, staff.staff_code, "new PIN" if pin_hash else "left")
            await outbox.append(tx, wire.staff_changed(kept, self._clock()))
            return pb.PutStaffResponse(staff=wire.staff(kept))

        return await requests.once(
            self._db, request, work, pb.PutStaffResponse, aggregate_id=lambda reply: reply.staff.staff_code
        )

    async def page(self, location_id: str, size: int, token: str) -> tuple[list[Staff], str]:
        """Staff of a location (all, if none is named), in code order; store staff see their own stores only."""
        size, cursor = pages.page_size(size), pages.decode(token, self._page_key)
        async with self._db.read() as tx:
            after = cursor["after"] if cursor else ""
            found = await store_staff.page(tx, after, _places(location_id), size + 1)
        more = pages.encode({"after": found[size - 1].staff_code}, self._page_key) if len(found) > size else ""
        return found[:size], more

    async def sign_in(self, staff_code: str, pin: str) -> tuple[Session, Staff]:
        """A session on the calling terminal; five wrong PINs lock the code for a quarter of an hour."""
        terminal_id = access.current().terminal_id
        now = self._clock()
        async with self._db.read() as tx:
            known = await store_terminals.get(tx, terminal_id)
            staff = await store_staff.get(tx, staff_code)
        here = known[0].location_id if known and known[0].active else ""
        welcome = staff is not None and staff.works_at(here, now)
        # a terminal of another store must not be able to lock somebody out: only here tries count
        kept = await self._take_try(staff_code, now) if welcome else None
        if not await self._pins.matches(staff_code, pin, kept) or staff is None or kept is None:
            raise CredentialInvalid("the staff code or the PIN is wrong, or not for this store")
        return await self._signed_in(staff, kept, terminal_id, here), staff

    async def _take_try(self, staff_code: str, now: datetime) -> str | None:
        async with self._db.transaction() as tx:
            kept = await store_staff.take_try(tx, staff_code, now, now + domain.PIN_LOCK, domain.PIN_TRIES)
            until = None if kept else await store_staff.locked_until(tx, staff_code, now)
        if until is not None:
            wait = int((until - now).total_seconds()) + 1
            raise PinLocked(f"too many wrong PINs: try again in {wait} s", retry_after=wait)
        return kept

    async def _signed_in(self, staff: Staff, kept: str, terminal_id: str, location_id: str) -> Session:
        await self._sessions.ready()
        async with self._db.transaction() as tx:
            if not await store_staff.clear_tries(tx, staff.staff_code, kept):
                raise CredentialInvalid("the PIN was changed meanwhile")
            grant = _grant(staff, location_id, terminal_id)
            return await self._sessions.open(tx, grant, staff.staff_code, terminal_id, domain.WORK_SESSION)

    async def _granted(self, tx: Tx, family: Family) -> Grant | None:
        staff = await store_staff.get(tx, family.principal_id)
        if staff is None or not staff.works_at(family.location_id, self._clock()):
            return None
        return _grant(staff, family.location_id, family.terminal_id)


def _grant(staff: Staff, location_id: str, terminal_id: str) -> Grant:
    """What the session may do is for the store where it began, whatever other stores he works at."""
    return Grant(staff.staff_code, AUDIENCE, staff.roles, (location_id,), terminal_id, staff.staff_code)


def _places(location_id: str) -> list[str] | None:
    """The locations whose staff the caller may see; None for all."""
    principal = access.current()
    if location_id:
        access.require_location(location_id)
        return [location_id]
    if principal.kind in (Kind.HQ, Kind.SERVICE):
        return None
    if not principal.location_ids:
        raise invalid("location_id", "must be named")
    return list(principal.location_ids)
