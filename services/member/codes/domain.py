"""What a code on a member's screen says, how long it lives, and why one is worth nothing."""

from datetime import timedelta

from kit.errors import Code, Fault

# long enough to be held under a scanner, too short to be sent on; the screen shows the next one at half of it
LIFE = timedelta(seconds=60)
REFRESH = timedelta(seconds=30)
# what the clocks of a phone's server and a till may differ
LEEWAY = timedelta(seconds=30)
TYPE = "omo-member+jwt"


class MemberCodeInvalid(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "MEMBER_CODE_INVALID"


class MemberCodeSpent(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "MEMBER_CODE_SPENT"
