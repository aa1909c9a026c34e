"""Why the store door refuses a session or a frame."""

from kit.errors import Code, Fault


class HelloExpected(Fault):
    """The first message was another, or none came."""

    code = Code.FAILED_PRECONDITION
    reason = "HELLO_EXPECTED"


class Superseded(Fault):
    """The terminal opened another session."""

    code = Code.ABORTED
    reason = "SUPERSEDED"


class TerminalRevoked(Fault):
    """Headquarters no longer trusts the terminal."""

    code = Code.PERMISSION_DENIED
    reason = "TERMINAL_REVOKED"


class HeartbeatMissed(Fault):
    """The terminal said nothing for two heartbeats."""

    code = Code.DEADLINE_EXCEEDED
    reason = "HEARTBEAT_MISSED"


class FrameTooLarge(Fault):
    """A frame of more facts or bytes than Welcome allows."""

    code = Code.INVALID_ARGUMENT
    reason = "FRAME_TOO_LARGE"


class FrameUnreadable(Fault):
    """Bytes that are no message of the contract."""

    code = Code.INVALID_ARGUMENT
    reason = "FRAME_UNREADABLE"
