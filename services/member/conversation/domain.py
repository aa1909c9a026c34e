"""Whose a thread is to answer, who may see it, and what happens when nobody does."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

from services.member.conversation.domain_refusals import Moved

LINE = "line"
APP = "app"
LONGEST = 2000


class State(IntEnum):
    """Whether anything is to be answered."""

    OPEN = 1
    CLOSED = 2


class Queue(IntEnum):
    """Who is to answer."""

    STAFF = 1
    STORE = 2
    SERVICE = 3


class Kind(IntEnum):
    """What an entry of a thread is."""

    INBOUND = 1
    REPLY = 2
    NOTE = 3
    HANDOVER = 4
    CLOSED = 5


class Form(IntEnum):
    """What a message is; everything but text is kept by its kind alone."""

    TEXT = 1
    STICKER = 2
    IMAGE = 3
    VIDEO = 4
    AUDIO = 5
    FILE = 6
    PLACE = 7
    OTHER = 8


class Delivery(IntEnum):
    """How far a reply is."""

    NONE = 0
    WAITING = 1
    SENT = 2
    REFUSED = 3
    # tried until there was no sense in it
    FAILED = 4


class TaskState(IntEnum):
    """How far a task is."""

    OPEN = 1
    DONE = 2
    ESCALATED = 3


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose it is. The location stays when it leaves a store, so that the store still sees what became of it."""

    queue: Queue
    staff_code: str = ""
    location_id: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as it stands."""

    conversation_id: str
    # the id under which it began, and under whose key its texts are
    person_id: str
    # the member whom that id means; empty while nobody knows who writes
    member_id: str
    channel: str
    state: State
    to: Assignment
    version: int
    last_sequence: int
    reply_sequence: int
    open_time: datetime
    last_time: datetime
    waiting_since: datetime | None = None
    level: int = 0
    # false when the address that wrote here is somebody else's by now
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a thread, its text in clear."""

    entry_id: str
    sequence: int
    kind: Kind
    business_time: datetime
    form: Form = Form.TEXT
    text: str = field(default="", repr=False)
    unsent: bool = False
    staff_code: str = ""
    location_id: str = ""
    handed_to: Assignment | None = None
    provider_ref: str = ""
    delivery: Delivery = Delivery.NONE
    delivery_code: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A shopper waits too long: somebody's task."""

    task_id: str
    conversation_id: str
    state: TaskState
    level: int
    to: Assignment
    waiting_since: datetime
    raise_time: datetime
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: headquarters everywhere, staff in their own threads and stores."""

    everywhere: bool
    staff_code: str = ""
    location_ids: Collection[str] = ()
    leads: bool = False

    def sees(self, to: Assignment) -> bool:
        """Whether a thread that is with `to` is his to see."""
        return (
            self.everywhere
            or (bool(self.staff_code) and to.staff_code == self.staff_code)
            or to.location_id in self.location_ids
        )

    def answers(self, to: Assignment) -> bool:
        """Whether it is his to answer: his own, his store's, a colleague's if he leads the store."""
        if self.everywhere:
            return True
        here = to.location_id in self.location_ids
        return {
            Queue.STAFF: to.staff_code == self.staff_code or (here and self.leads),
            Queue.STORE: here,
            Queue.SERVICE: False,
        }[to.queue]


def routed(staff_code: str, staff_home: str, store: str) -> Assignment:
    """To the staff member who serves the shopper, else to the shopper's store, else to customer service."""
    if staff_code:
        return Assignment(Queue.STAFF, staff_code, staff_home)
    return Assignment(Queue.STORE, location_id=store) if store else Assignment(Queue.SERVICE)


def escalated(to: Assignment) -> Assignment:
    """Who is asked when these did not answer in time."""
    if to.queue is Queue.STAFF and to.location_id:
        return replace(to, queue=Queue.STORE, staff_code="")
    return replace(to, queue=Queue.SERVICE, staff_code="")


def written(thread: Thread, at: datetime, to: Assignment | None) -> Thread:
    """The thread after the shopper wrote: open, waiting, and with `to` if it has to go anew."""
    return replace(
        thread,
        state=State.OPEN,
        to=to or thread.to,
        version=thread.version + 1,
        last_sequence=thread.last_sequence + 1,
        last_time=max(thread.last_time, at),
        waiting_since=thread.waiting_since or at,
        level=thread.level if thread.waiting_since else 0,
    )


def replied(thread: Thread, at: datetime, by: Assignment, seen_sequence: int) -> Thread:
    """The thread after an answer; refused when somebody answered whom the writer has not seen."""
    if thread.reply_sequence > seen_sequence:
        raise Moved("somebody answered meanwhile: read it first", sequence=thread.reply_sequence, field="seen_sequence")
    number = thread.last_sequence + 1
    return replace(
        thread,
        state=State.OPEN,
        to=by,
        version=thread.version + 1,
        last_sequence=number,
        reply_sequence=number,
        last_time=max(thread.last_time, at),
        waiting_since=None,
        level=0,
    )


def noted(thread: Thread, at: datetime) -> Thread:
    """The thread after a note among staff."""
    return replace(
        thread,
        version=thread.version + 1,
        last_sequence=thread.last_sequence + 1,
        last_time=max(thread.last_time, at),
    )


def handed(thread: Thread, at: datetime, to: Assignment, version: int) -> Thread:
    """The thread with somebody else."""
    _unmoved(thread, version)
    return replace(noted(thread, at), to=to)


def closed(thread: Thread, at: datetime, version: int) -> Thread:
    """The thread with nothing more to answer; one that is closed stays as it is."""
    _unmoved(thread, version)
    return replace(noted(thread, at), state=State.CLOSED, waiting_since=None, level=0)


def _unmoved(thread: Thread, version: int) -> None:
    if thread.version != version:
        raise Moved("it has changed meanwhile: read it again", version=thread.version, field="version")
