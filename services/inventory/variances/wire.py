"""Reasons, variances and confidence between protobuf and the domain."""

from kit.errors import invalid
from omo.inventory.v1 import counting_variance_service_pb2 as pb
from services.inventory import wire as fields
from services.inventory.confidence.domain import Sure
from services.inventory.variances.domain import Reason


def reasons(request: pb.PutVarianceReasonsRequest) -> list[Reason]:
    if not 1 <= len(request.reasons) <= 100:
        raise invalid("reasons", "must be 1 to 100")
    found = [_reason(f"reasons[{number}]", one) for number, one in enumerate(request.reasons)]
    if len({one.reason_id for one in found}) < len(found):
        raise invalid("reasons", "each may be named once")
    return found


def _reason(path: str, given: pb.VarianceReason) -> Reason:
    effect = fields.choice(f"{path}.effect", pb.VarianceEffect, given.effect, "VARIANCE_EFFECT_")
    if effect == "UNSPECIFIED":
        raise invalid(f"{path}.effect", "must be given")
    if given.available_only and effect not in ("NOT_IN_STOCK", "MISMATCH"):
        raise invalid(f"{path}.available_only", "is for NOT_IN_STOCK and MISMATCH")
    name = fields.text(f"{path}.name", given.name, 200, empty=False)
    return Reason(fields.code(f"{path}.reason_id", given.reason_id), name, effect, given.available_only, given.retired)


def reason(given: Reason) -> pb.VarianceReason:
    """A reason as the API shows it."""
    return pb.VarianceReason(
        reason_id=given.reason_id,
        name=given.name,
        effect=pb.VarianceEffect.Value(f"VARIANCE_EFFECT_{given.effect}"),
        available_only=given.available_only,
        retired=given.retired,
        version=given.version,
    )


def sure(given: Sure) -> pb.StockConfidence:
    """How sure a level is, as the API shows it."""
    message = pb.StockConfidence(
        sku=given.place[0],
        location_id=given.place[1],
        per_mille=given.per_mille,
        rejections=given.evidence.rejections,
        anomalies=given.evidence.anomalies,
    )
    if given.evidence.counted_time:
        message.last_count_time.CopyFrom(fields.timestamp(given.evidence.counted_time))
    return message
