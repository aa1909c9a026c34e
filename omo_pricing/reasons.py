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
    OTHER_HOURS = "other_hours"
    MEMBERS_ONLY = "members_only"
    USED_UP = "used_up"
    ALREADY_GIVEN = "already_given"
    GIFT_REFUSED = "gift_refused"
    GIFT_NOT_SOLD = "gift_not_sold"
    NO_FEE = "no_fee"
    TOO_FEW_FOR_SET = "too_few_for_set"
    OUTBID = "outbid"
    EXCLUDED = "excluded"
    CATEGORY_FULL = "category_full"
    TOO_MANY_APPLIED = "too_many_applied"
    TOO_MANY_SENT = "too_many_sent"
    NOT_ALL_APPLY = "not_all_apply"
    OTHER_DEAL_BETTER = "other_deal_better"
    NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that gave nothing, and why."""

    rule_id: str
    rule_version: str
    reason: Reason
    short: int = 0
    """How much is missing to a minimum: so many units, or such an amount."""
