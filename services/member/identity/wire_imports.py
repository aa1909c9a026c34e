"""Members of another system, as an import tells them."""

from kit import fields
from kit.errors import invalid
from kit.ids import uuid7
from omo.member.v1 import identity_service_pb2 as pb
from omo.member.v1 import member_pb2
from services.member.identity import domain
from services.member.identity.domain import By, Identifier, Kind, Member
from services.member.identity.wire import KIND_OF

# what somebody else verified is no proof: phones and addresses come in by their owners only
_ALLOWED = (By.CARD, By.EXTERNAL)


def members(request: pb.ImportMembersRequest) -> list[Member]:
    """The members to bring in."""
    return [_member(f"members[{at}]", one) for at, one in enumerate(request.members)]


def _member(at: str, one: member_pb2.Member) -> Member:
    if not one.identifiers:
        raise invalid(f"{at}.identifiers", "must name at least one")
    if not one.HasField("join_time"):
        raise invalid(f"{at}.join_time", "must be given")
    location_id = (
        fields.code(f"{at}.enrolled_location_id", one.enrolled_location_id) if one.enrolled_location_id else ""
    )
    return Member(
        member_id=fields.identifier(f"{at}.member_id", one.member_id) if one.member_id else uuid7(),
        kind=Kind.GUEST if one.kind == member_pb2.MEMBER_KIND_GUEST else Kind.MEMBER,
        name=fields.text(f"{at}.display_name", one.display_name, 100, empty=True),
        identifiers=tuple(_identifier(f"{at}.identifiers", it) for it in one.identifiers),
        claim_time=None,
        enrolled_location_id=location_id,
        enrolled_staff_code=one.enrolled_staff_code[:64],
        source="import",
        join_time=fields.moment(one.join_time, f"{at}.join_time"),
    )


def _identifier(field: str, it: member_pb2.Identifier) -> Identifier:
    kind = KIND_OF.get(it.kind)
    value = domain.normalised(kind, it.value) if kind in _ALLOWED else None
    if kind is None or value is None:
        raise invalid(field, "must be of kind CARD or EXTERNAL, and no placeholder")
    return Identifier(kind, value, "import")
