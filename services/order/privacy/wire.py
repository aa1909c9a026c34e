"""What order answers when a member wants to be forgotten."""

from collections.abc import Sequence
from datetime import datetime

from kit import fields
from omo.order.v1.privacy_events_pb2 import ErasureAnswered
from omo.type.v1 import privacy_pb2

SERVICE = "order"


def answered(
    erasure_id: str, asked: int, blockers: Sequence[privacy_pb2.ErasureBlocker], now: datetime
) -> ErasureAnswered:
    """Whether anything stands in the way."""
    answer = privacy_pb2.ErasureAnswer(erasure_id=erasure_id, round=asked, service=SERVICE, blockers=blockers)
    return _about(answer, now)


def receipt(erasure_id: str, rows: int, now: datetime) -> ErasureAnswered:
    """What was held tells of nobody now."""
    answer = privacy_pb2.ErasureAnswer(erasure_id=erasure_id, service=SERVICE, scrubbed=True, rows=rows)
    return _about(answer, now)


def _about(answer: privacy_pb2.ErasureAnswer, now: datetime) -> ErasureAnswered:
    event = ErasureAnswered(answer=answer)
    event.meta.aggregate_id = answer.erasure_id
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event
