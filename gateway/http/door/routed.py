"""What calling a route needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from kit.access import Rule

BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """What calling a route needs."""

    permission: str
    rule: Rule
    # why an unsafe call needs no Idempotency-Key; empty: it needs one
    keyless: str = ""
    # units of work, counted against the caller's rate
    cost: int = 1
    # whether a bearer token is looked at; where the body proves who asks, one that has just expired bars nobody
    bearer: bool = True
    # bytes that the body may have
    body: int = BODY


Table = Mapping[tuple[str, str], Route]
