"""A reply that could not be brought: the shopper waits again, and somebody may have it tried anew."""

from dataclasses import replace
from datetime import datetime

from kit.errors import Code, Fault
from services.member.conversation.domain import Delivery, Entry, Kind, State, Thread


class NotFailed(Fault):
    """Nothing has gone wrong that trying again would mend."""

    code = Code.FAILED_PRECONDITION
    reason = "REPLY_NOT_FAILED"


def unanswered(thread: Thread, entry: Entry, now: datetime) -> Thread:
    """The thread in which a reply did not arrive: he waits for it, unless there was a later one, or he wrote again."""
    waits = thread.waiting_since is None and thread.reply_sequence == entry.sequence
    after = replace(thread, version=thread.version + 1)
    return replace(after, state=State.OPEN, waiting_since=now, level=0) if waits else after


def retried(thread: Thread, entry: Entry, *, spoke_since: bool) -> Thread:
    """The thread with the reply on its way again: nobody waits, unless he wrote since; refused for what is no failure.

    What fails again makes him wait again.
    """
    if entry.kind is not Kind.REPLY or entry.delivery is not Delivery.FAILED:
        raise NotFailed("that reply has not failed", state=entry.delivery.name, field="entry_id")
    after = replace(thread, version=thread.version + 1)
    answers = thread.reply_sequence == entry.sequence and not spoke_since
    return replace(after, waiting_since=None, level=0) if answers else after
