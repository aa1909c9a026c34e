"""Conversations as the API shows and takes them."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    MemberId,
    NextPage,
    Shown,
    StaffCode,
    Time,
    Version,
    Whole,
    eg,
    kinds,
)
from omo.member.v1 import conversation_pb2 as pb

CONVERSATION = "0199a5c4-1a2b-7c3d-8e4f-5a6b7c8d9e01"
_ENTRY = "0199a5c4-2b3c-7d4e-8f5a-6b7c8d9e0f12"
_TASK = "0199a5c4-3c4d-7e5f-8a6b-7c8d9e0f1a23"
SUBSCRIPTION = "0199a5c4-4d5e-7f6a-8b7c-8d9e0f1a2b34"
_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

ConversationPath = Annotated[str, Path(pattern=_UUID, examples=[CONVERSATION])]
EntryPath = Annotated[str, Path(pattern=_UUID, examples=[_ENTRY])]
SubscriptionPath = Annotated[str, Path(pattern=_UUID, examples=[SUBSCRIPTION])]
_Words = Annotated[
    str, StringConstraints(min_length=1, max_length=2_000), eg("有的，幫您保留到週五。", "1 to 2,000 characters.")
]
_Queue = Annotated[str, kinds(pb.ConversationQueue, "STAFF", "Who is to answer.")]
_Sequence = Annotated[int, eg(2, "Its number in the thread, from 1.")]
_Empty = "Empty: nobody, or none."


class Conversation(Shown):
    """One thread with one shopper through one channel."""

    conversation_id: Annotated[str, eg(CONVERSATION)]
    member_id: Annotated[MemberId | None, eg("0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11", "Null: nobody knows who.")]
    channel: Annotated[str, eg("line", "line or app: where the shopper writes, and reads the answer.")]
    state: Annotated[str, kinds(pb.ConversationState, "OPEN", "CLOSED: nothing is to be answered.")]
    queue: _Queue
    staff_code: Annotated[StaffCode | None, eg("A102", "Who answers, in the queue STAFF.")]
    location_id: Annotated[LocationId | None, eg("TPE01", "The store that has it, or had it last.")]
    version: Version
    last_sequence: Annotated[int, eg(1, "The number of its last entry.")]
    open_time: Time | None
    last_time: Time | None
    waiting_since_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "Null: nobody waits for an answer.")]


class ConversationPage(Shown):
    """Threads, who waits longest first."""

    conversations: list[Conversation]
    next_page_token: NextPage


class Said(Shown):
    """One message, as the shopper sees it."""

    entry_id: Annotated[str, eg(_ENTRY)]
    sequence: _Sequence
    kind: Annotated[str, kinds(pb.ConversationEntryKind, "REPLY", "INBOUND: the shopper wrote.")]
    form: Annotated[str, kinds(pb.ConversationForm, "TEXT", "What else was sent is told by its form alone.")]
    text: Annotated[str, eg("有的，幫您保留到週五。", "Empty for everything but text, and for what was taken back.")]
    delivery: Annotated[str | None, kinds(pb.ConversationDelivery, "SENT", "How far a reply is.")]
    business_time: Time | None


class Entry(Said):
    """One entry of a thread, as staff see it."""

    unsent: Annotated[bool, eg(False, "The shopper took it back.")]
    staff_code: Annotated[StaffCode | None, eg("A102", "Who answered, noted, handed over or closed.")]
    location_id: LocationId | None
    to_queue: Annotated[str | None, kinds(pb.ConversationQueue, "STORE", "For a hand-over: to whom.")]
    to_staff_code: Annotated[StaffCode | None, eg("A102", _Empty)]
    to_location_id: Annotated[LocationId | None, eg("TPE01", _Empty)]
    delivery_code: Annotated[str, eg("", "Why the channel refused it.")]


class ConversationOut(Shown):
    """A thread as it stands."""

    conversation: Conversation


class ThreadOut(ConversationOut):
    """A thread with entries."""

    entries: list[Entry]


class EntryOut(ConversationOut):
    """A thread with its newest entry."""

    entry: Entry


class Chat(Shown):
    """The shopper's own thread in the app."""

    conversation_id: Annotated[str | None, eg(CONVERSATION, "Null until the shopper writes.")]
    entries: list[Said]
    last_sequence: Annotated[int, eg(2, "The number of the thread's last entry, also of one that shoppers do not see.")]


class Written(Shown):
    """What the shopper wrote."""

    conversation_id: Annotated[str, eg(CONVERSATION)]
    entry: Said


class WaitingTask(Shown):
    """A shopper waits too long."""

    task_id: Annotated[str, eg(_TASK)]
    conversation_id: Annotated[str, eg(CONVERSATION)]
    state: Annotated[str, kinds(pb.ConversationTaskState, "OPEN", "ESCALATED: it went to the next.")]
    level: Annotated[int, eg(1, "1 for the first who is asked, +1 with each escalation.")]
    queue: _Queue
    staff_code: Annotated[StaffCode | None, eg("A102", "Whose task it is, in the queue STAFF.")]
    location_id: LocationId | None
    waiting_since_time: Time | None
    raise_time: Annotated[Time | None, eg("2026-11-22T10:00:00.000Z", "When it became a task.")]
    end_time: Annotated[Time | None, eg(None, "Null: it is open.")]


class WaitingTasks(Shown):
    """Tasks, the oldest first."""

    tasks: list[WaitingTask]
    next_page_token: NextPage


class WriteIn(Asked):
    """What to say."""

    text: _Words


class ReplyIn(WriteIn):
    """What to answer."""

    seen_sequence: Annotated[Whole, Field(ge=0), eg(1, "The last entry seen; refused if somebody answered since.")]


class HandOverIn(Asked):
    """Who gets it."""

    version: Annotated[Whole, Field(ge=0), eg(1, "The version seen; refused if it has changed since.")]
    queue: Annotated[Literal["STAFF", "STORE", "SERVICE"], eg("STAFF", "Who is to answer.")]
    staff_code: Annotated[str, StringConstraints(max_length=64), eg("A102", "For STAFF.")] = ""
    location_id: Annotated[str, StringConstraints(max_length=64), eg("TPE01", "For STORE.")] = ""
    note: Annotated[str, StringConstraints(max_length=2_000), eg("在意尺寸", "Why, for whoever gets it.")] = ""


class CloseIn(Asked):
    """What was seen last."""

    version: Annotated[Whole, Field(ge=0), eg(2, "The version seen; refused if it has changed since.")]


class PushKey(Shown):
    """What browsers subscribe with."""

    public_key: Annotated[str, eg("BEl6…", "`applicationServerKey` of PushManager.subscribe: P-256, base64url.")]


class SubscribeIn(Asked):
    """As the browser's PushSubscription says it."""

    endpoint: Annotated[
        str,
        StringConstraints(max_length=2_048),
        eg("https://fcm.googleapis.com/fcm/send/d1", "Where the browser's push service takes notifications."),
    ]
    p256dh: Annotated[str, StringConstraints(max_length=200), eg("BNcR…", "`keys.p256dh`: the browser's public key.")]
    auth: Annotated[str, StringConstraints(max_length=200), eg("tBHI…", "`keys.auth`: the browser's secret.")]


class Subscribed(Shown):
    """A browser that takes notifications."""

    subscription_id: Annotated[str, eg(SUBSCRIPTION)]
