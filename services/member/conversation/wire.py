"""Protobuf to and from threads, entries and tasks."""

from datetime import datetime
from typing import Any, TypeVar, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from kit import fields
from kit.access import Actor
from kit.errors import invalid
from omo.member.v1 import conversation_events_pb2 as events
from omo.member.v1 import conversation_pb2 as pb
from omo.member.v1 import engagement_events_pb2 as touches
from services.member.conversation.domain import Assignment, Entry, Kind, Queue, Task, Thread
from services.member.profile import timeline

M = TypeVar("M", bound=Message)

_TOUCHES = {Kind.INBOUND: touches.TOUCH_KIND_INBOUND, Kind.REPLY: touches.TOUCH_KIND_REPLIED}


def conversation(thread: Thread) -> pb.Conversation:
    """A thread."""
    return pb.Conversation(
        conversation_id=thread.conversation_id,
        member_id=thread.member_id,
        channel=thread.channel,
        state=pb.ConversationState.ValueType(thread.state),
        queue=pb.ConversationQueue.ValueType(thread.to.queue),
        staff_code=thread.to.staff_code,
        location_id=thread.to.location_id,
        version=thread.version,
        last_sequence=thread.last_sequence,
        open_time=fields.timestamp(thread.open_time),
        last_time=fields.timestamp(thread.last_time),
        waiting_since_time=_time(thread.waiting_since),
    )


def entry(kept: Entry) -> pb.ConversationEntry:
    """One entry, as staff see it."""
    to = kept.handed_to
    return pb.ConversationEntry(
        entry_id=kept.entry_id,
        sequence=kept.sequence,
        kind=pb.ConversationEntryKind.ValueType(kept.kind),
        form=pb.ConversationForm.ValueType(kept.form),
        text=kept.text,
        unsent=kept.unsent,
        staff_code=kept.staff_code,
        location_id=kept.location_id,
        to_queue=pb.ConversationQueue.ValueType(to.queue if to else 0),
        to_staff_code=to.staff_code if to else "",
        to_location_id=to.location_id if to else "",
        delivery=pb.ConversationDelivery.ValueType(kept.delivery),
        delivery_code=kept.delivery_code,
        business_time=fields.timestamp(kept.business_time),
    )


def shown(kept: Entry) -> pb.ConversationEntry:
    """One entry, as the shopper sees it: who exactly answered is the brand's own business."""
    said = entry(kept)
    for name in ("staff_code", "location_id", "delivery_code"):
        said.ClearField(name)
    return said


def task(kept: Task) -> pb.ConversationTask:
    """A task."""
    return pb.ConversationTask(
        task_id=kept.task_id,
        conversation_id=kept.conversation_id,
        state=pb.ConversationTaskState.ValueType(kept.state),
        level=kept.level,
        queue=pb.ConversationQueue.ValueType(kept.to.queue),
        staff_code=kept.to.staff_code,
        location_id=kept.to.location_id,
        waiting_since_time=fields.timestamp(kept.waiting_since),
        raise_time=fields.timestamp(kept.raise_time),
        end_time=_time(kept.end_time),
    )


def assignment(queue: int, staff_code: str, location_id: str) -> Assignment:
    """To whom it is handed over."""
    if queue == Queue.STAFF:
        return Assignment(Queue.STAFF, fields.code("staff_code", staff_code))
    if queue == Queue.STORE:
        return Assignment(Queue.STORE, location_id=fields.code("location_id", location_id))
    if queue == Queue.SERVICE:
        return Assignment(Queue.SERVICE)
    raise invalid("queue", "must be STAFF, STORE or SERVICE")


def changed(thread: Thread, now: datetime) -> events.ConversationChanged:
    """The thread's full new state, without a word of what was said."""
    event = events.ConversationChanged(conversation=conversation(thread))
    return _marked(event, thread.conversation_id, thread.version, now)


def task_changed(thread: Thread, kept: Task, now: datetime) -> events.ConversationTaskChanged:
    """The task's full new state."""
    event = events.ConversationTaskChanged(task=task(kept))
    return _marked(event, thread.conversation_id, thread.version, now)


def touch(thread: Thread, kept: Entry, actor: Actor) -> touches.TouchRecorded:
    """Somebody wrote, or answered."""
    touched = touches.TouchRecorded(
        touch_id=kept.entry_id,
        member_id=thread.member_id or thread.person_id,
        kind=_TOUCHES[kept.kind],
        channel=thread.channel,
        message_id=kept.entry_id,
        staff_code=kept.staff_code,
        location_id=kept.location_id,
        business_time=fields.timestamp(kept.business_time),
    )
    touched.meta.actor.CopyFrom(actor.to_proto())
    return _marked(touched, touched.member_id, 0, kept.business_time)


def blocked(member_id: str, channel: str, message_id: str, now: datetime) -> touches.TouchRecorded:
    """An address refuses the brand: told by the channel itself, or when a message came back."""
    touched = touches.TouchRecorded(
        touch_id=timeline.named("blocked", channel, message_id),
        member_id=member_id,
        kind=touches.TOUCH_KIND_BLOCKED,
        channel=channel,
        message_id=message_id,
        business_time=fields.timestamp(now),
    )
    return _marked(touched, member_id, 0, now)


def _marked(event: M, aggregate_id: str, sequence: int, now: datetime) -> M:
    meta: Any = cast(Any, event).meta
    meta.aggregate_id = aggregate_id
    meta.sequence = sequence
    meta.business_time.CopyFrom(fields.timestamp(now))
    return event


def _time(moment: datetime | None) -> Timestamp | None:
    return fields.timestamp(moment) if moment else None
