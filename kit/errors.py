"""The one error type of the suite: a refusal with a code, a reason and what it is about."""

from enum import StrEnum


class Code(StrEnum):
    """The gRPC status names that a Fault may carry."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    INTERNAL = "INTERNAL"
    OUT_OF_RANGE = "OUT_OF_RANGE"


class Fault(Exception):
    """A call that was refused or failed; each refusal is a subclass beside the rule that it guards.

    `domain` names the service that refused (`omo.<service>`); it is empty
    where the fault is raised and filled at the wrap point, so that a fault
    which crossed two hops still says who refused.
    """

    code: Code = Code.INTERNAL
    reason: str = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        code: Code | None = None,
        reason: str | None = None,
        domain: str | None = None,
        **metadata: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.reason = reason or type(self).reason
        self.domain = domain or ""
        self.metadata: dict[str, str] = {key: str(value) for key, value in metadata.items()}


def invalid(field: str, rule: str) -> Fault:
    """The refusal of one field of a request; the message names the field and the rule."""
    return Fault(f"{field}: {rule}", code=Code.INVALID_ARGUMENT, reason="FIELD_INVALID", field=field, rule=rule)
