"""What a neighbour says where it does not do what it is asked for."""

from kit.errors import Code, Fault


class Refused(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "OUT_OF_STOCK"


class Away(Fault):
    """Nobody answered."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


class Unheard(Fault):
    """It has not heard of the order yet."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class Ended(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "HOLD_ENDED"


class Poor(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "POINTS_INSUFFICIENT"
