"""What is refused of a hold that is named: each says in which field it was named, and the rule for it."""

from kit.errors import Code, Fault


class HoldNotFound(Fault):
    """It never was, or the caller may not touch it: which of both is not told."""

    code = Code.NOT_FOUND
    reason = "HOLD_NOT_FOUND"

    def __init__(self, hold_id: str, field: str = "hold_id") -> None:
        rule = "must be one of the caller's holds"
        super().__init__(f"{field}: {rule}", field=field, rule=rule, hold_id=hold_id)


class HoldExpired(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "HOLD_EXPIRED"

    def __init__(self, hold_id: str, field: str = "hold_id") -> None:
        rule = "must be a hold whose time has not passed"
        super().__init__(f"{field}: {rule}", field=field, rule=rule, hold_id=hold_id)


class HoldEnded(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "HOLD_ENDED"

    def __init__(self, hold_id: str, state: str, field: str = "hold_id") -> None:
        rule = "must be a hold that is still active"
        super().__init__(f"{field}: {rule}, it is {state}", field=field, rule=rule, hold_id=hold_id, state=state)


class HoldLimit(Fault):
    """One more than a shopper may have."""

    code = Code.FAILED_PRECONDITION
    reason = "HOLD_LIMIT"

    def __init__(self, most: int) -> None:
        rule = f"must be one of at most {most} that a shopper has at a time"
        super().__init__(f"hold: {rule}", field="hold", rule=rule, most=most)


class HoldReused(Fault):
    """The same hold id with other content."""

    code = Code.INVALID_ARGUMENT
    reason = "REQUEST_REUSED"
