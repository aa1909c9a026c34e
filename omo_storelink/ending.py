"""How a session with the store door ends."""

from typing import Any

import grpc


class SessionOver(Exception):
    """The session ended; `again_after` is what the door asked for, `why` is for the log."""

    def __init__(self, why: str, again_after: float | None = None, *, refused: bool = False) -> None:
        super().__init__(why)
        self.why = why
        # the door does not take the token
        self.refused = refused
        self.again_after = again_after


def first(errors: BaseExceptionGroup[Any]) -> BaseException:
    """The reason why all tasks ended: a SessionOver, unless something is wrong with us."""
    flat = [error.exceptions[0] if isinstance(error, ExceptionGroup) else error for error in errors.exceptions]
    unexpected = [error for error in flat if not isinstance(error, SessionOver | grpc.RpcError)]
    return (unexpected or [error for error in flat if isinstance(error, SessionOver)] or flat)[0]
