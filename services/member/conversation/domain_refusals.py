"""Why something is not done with a thread."""

from kit.errors import Code, Fault


class Moved(Fault):
    """Somebody else was faster."""

    code = Code.ABORTED
    reason = "CONVERSATION_MOVED"


class Assigned(Fault):
    """It is another's to answer."""

    code = Code.FAILED_PRECONDITION
    reason = "CONVERSATION_ASSIGNED"


class ChannelClosed(Fault):
    """The shopper cannot be reached there any more."""

    code = Code.FAILED_PRECONDITION
    reason = "CONVERSATION_CHANNEL_CLOSED"


class Unseen(Fault):
    """There is no such thread, or it is not this caller's to see."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class StaffUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "STAFF_UNKNOWN"
