"""Why a rule or a code gave nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Stored with quotes and shown to people: codes are only ever added."""

    UNKNOWN_CODE = "unknown_code"
    CODE_NOT_GIVEN = "code_not_given"
    NO_MATCHING_LINE = "no_matching_line"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    OTHER_CHANNEL = "other_channel"
    OTHER_LOCATION = "other_location"
    OTHER_TIER = "other_tier"
    OTHER_SEGMENT = "other_segment"
    BELOW_MIN_QUANTITY = "below_min_quantity"
    BELOW_MIN_AMOUNT = "below_min_amount"
    STOPPED = "stopped"
    NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that gave nothing, and why."""

    rule_id: str
    rule_version: str
    reason: Reason
