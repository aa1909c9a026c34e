"""The life of a count: who counts, what was counted, and what is to be counted again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kit.errors import Code, Fault, invalid


class CountState(Fault):
    """That step is not possible from where the count is."""

    code = Code.FAILED_PRECONDITION
    reason = "COUNT_STATE"


class AreaTaken(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "COUNT_AREA_TAKEN"


class UserActive(Fault):
    """Somebody else counts."""

    code = Code.FAILED_PRECONDITION
    reason = "COUNT_USER_ACTIVE"


@dataclass(frozen=True, slots=True)
class Line:
    """One SKU, or a code that is none."""

    sku: str
    status: str
    directed: bool
    quantity: int = 0
    count_time: datetime | None = None
    expected: int | None = None
    overtaken: bool = False
    recounts: int = 0
    counted_by: str = ""

    @property
    def books(self) -> bool:
        """Whether the line may change anything."""
        return self.status in ("COUNTED", "UNDIRECTED")


@dataclass(frozen=True, slots=True)
class Session:
    """A count of an area, or of named SKUs."""

    session_id: str
    location_id: str
    area: str
    state: str
    directed: bool
    create_time: datetime
    active_user: str = ""
    approve_time: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody counted; the code is no SKU if it is unmatched."""

    sku: str
    quantity: int
    at: datetime
    matched: bool = True


def must_be(session: Session, *states: str) -> None:
    """Refuses a step that is not possible from here."""
    if session.state not in states:
        raise CountState(f"the count is {session.state}", session_id=session.session_id, state=session.state)


def join(session: Session, user: str) -> Session:
    """The count in somebody's hands, if it is in nobody's else."""
    must_be(session, "OPEN")
    _alone(session, user)
    return replace(session, active_user=user)


def release(session: Session, user: str, *, force: bool) -> Session:
    """The count in nobody's hands; a manager may force it."""
    must_be(session, "OPEN")
    if not force:
        _alone(session, user)
    return replace(session, active_user="")


def record(session: Session, lines: Iterable[Line], told: Sequence[Told], user: str) -> tuple[Session, list[Line]]:
    """The count with what was told added, and the lines that changed."""
    after = join(session, user)
    held = {line.sku: line for line in lines}
    return after, [_counted(after, held.get(one.sku), one, user) for one in told]


def _counted(session: Session, held: Line | None, told: Told, user: str) -> Line:
    if held is not None and held.count_time is not None and held.count_time > told.at and held.books:
        return held  # told late: what was counted after it stands
    directed = held.directed if held else False
    status = "UNDIRECTED" if session.directed and not directed else "COUNTED"
    recounts = held.recounts if held else 0
    return Line(
        told.sku,
        status if told.matched else "UNMATCHED",
        directed,
        told.quantity,
        told.at,
        recounts=recounts,
        counted_by=user,
    )


def submit(session: Session, lines: Iterable[Line], user: str, *, force: bool) -> Session:
    """The count as it is looked at; nobody counts any more."""
    if session.state == "SUBMITTED":
        return session
    must_be(session, "OPEN")
    if not force:
        _alone(session, user)
    if not any(line.books for line in lines):
        raise invalid("session_id", "something must have been counted; a count of nothing is cancelled")
    return replace(session, state="SUBMITTED", active_user="")


def recount(session: Session, lines: Iterable[Line], skus: Collection[str]) -> tuple[Session, list[Line]]:
    """The count open once more, and the lines that are to be counted again."""
    must_be(session, "OPEN", "SUBMITTED")
    held = {line.sku: line for line in lines}
    if strange := sorted(set(skus) - held.keys()):
        raise invalid("skus", f"{strange[0]} is no line of this count")
    again = [
        replace(held[sku], status="UNCOUNTED", quantity=0, count_time=None, recounts=held[sku].recounts + 1)
        for sku in skus
    ]
    return replace(session, state="OPEN"), again


def _alone(session: Session, user: str) -> None:
    if session.active_user not in ("", user):
        raise UserActive(
            f"{session.active_user} counts", session_id=session.session_id, active_user=session.active_user
        )
