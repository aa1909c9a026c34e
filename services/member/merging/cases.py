"""Opens and closes cases: freezes what has to wait, and leaves a trace on the timeline."""

from kit import access
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.identity.domain import By
from services.member.merging import store_cases
from services.member.merging.domain_cases import Case, CaseUnknown, Reason
from services.member.merging.freezing import Freezing
from services.member.profile import timeline
from services.member.profile.domain_timeline import Kind


class Cases:
    """What headquarters should look at."""

    def __init__(self, freezing: Freezing, clock: Clock) -> None:
        self._freezing = freezing
        self._clock = clock

    async def open(
        self, tx: Tx, member_id: str, kind: By, reason: Reason, *, frozen: bool, other_id: str | None = None
    ) -> str:
        """Somebody lost an identifier; what he has waits, if it must."""
        caller, now, case_id = access.current(), self._clock(), uuid7()
        actor = caller.actor
        here = caller.location_ids[0] if caller.kind is access.Kind.STAFF and caller.location_ids else ""
        case = Case(case_id, member_id, reason, kind, other_id, frozen, here, now, actor.kind.value, actor.id)
        if frozen:
            await self._freezing.freeze(tx, member_id, reason, other_id)
        await store_cases.insert(tx, case, actor.terminal_id)
        told = {"reason": reason.value, "identifier": kind.value, "frozen": int(frozen)}
        staff = actor.id if actor.kind is access.Kind.STAFF else ""
        source = {access.Kind.STAFF: "till", access.Kind.MEMBER: "app"}.get(actor.kind, "service")
        record = timeline.Record(case_id, member_id, Kind.IDENTITY, source, now, here, staff, case_id, told)
        await timeline.keep(tx, [record])
        return case_id

    async def close(self, tx: Tx, case_id: str, reason: str) -> Case:
        """A person has looked; what is frozen is released by its own word."""
        closed = await store_cases.close(tx, case_id, self._clock(), reason, access.current().actor)
        if closed is None:
            raise CaseUnknown("nobody waits under this id", field="case_id", case_id=case_id)
        return closed
