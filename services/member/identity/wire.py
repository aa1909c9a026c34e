"""Members as the contracts tell them: masked for everybody but the member himself, absent from events."""

from datetime import datetime

from kit import access, fields
from kit.errors import invalid
from omo.member.v1 import identity_service_pb2, member_events_pb2, member_pb2
from omo.type.v1 import event_pb2
from services.member.identity import domain
from services.member.identity.domain import By, Identifier, IfTaken, Kind, Member
from services.member.identity.phones import country_code

_KINDS = {Kind.GUEST: member_pb2.MEMBER_KIND_GUEST, Kind.MEMBER: member_pb2.MEMBER_KIND_MEMBER}
KINDS = {
    By.PHONE: member_pb2.IDENTIFIER_KIND_PHONE,
    By.EMAIL: member_pb2.IDENTIFIER_KIND_EMAIL,
    By.CARD: member_pb2.IDENTIFIER_KIND_CARD,
    By.LINE: member_pb2.IDENTIFIER_KIND_LINE,
    By.EXTERNAL: member_pb2.IDENTIFIER_KIND_EXTERNAL,
    By.APP_INSTALL: member_pb2.IDENTIFIER_KIND_APP_INSTALL,
    By.WEB: member_pb2.IDENTIFIER_KIND_WEB,
}
# what tells devices apart is shown where identifiers are managed, and to nobody else
_SHOWN = frozenset(KINDS) - {By.APP_INSTALL, By.WEB}
_IF_TAKEN = {
    int(identity_service_pb2.IF_TAKEN_UNSPECIFIED): IfTaken.ASK,
    int(identity_service_pb2.IF_TAKEN_SAME_PERSON): IfTaken.SAME,
    int(identity_service_pb2.IF_TAKEN_ANOTHER_PERSON): IfTaken.ANOTHER,
}
KIND_OF = {message: kind for kind, message in KINDS.items()}


def if_taken(given: int) -> IfTaken:
    """What is said of an identifier that somebody has."""
    try:
        return _IF_TAKEN[given]
    except KeyError:
        raise invalid("if_taken", "must be SAME_PERSON or ANOTHER_PERSON, or left out") from None


def member(given: Member) -> member_pb2.Member:
    """A member as the caller may see him."""
    caller = access.current()
    own = caller.kind is access.Kind.MEMBER and caller.id == given.member_id
    return _member(given, own=own)


def own(given: Member) -> member_pb2.Member:
    """A member as he sees himself, who has just proved that he is."""
    return _member(given, own=True)


def _member(given: Member, *, own: bool) -> member_pb2.Member:
    return member_pb2.Member(
        member_id=given.member_id,
        kind=_KINDS[given.kind],
        display_name=given.name if own else domain.masked_name(given.name),
        identifiers=[_identifier(one, own=own) for one in sorted(given.identifiers, key=_place) if one.kind in _SHOWN],
        claimed=given.claim_time is not None,
        enrolled_location_id=given.enrolled_location_id,
        enrolled_staff_code=given.enrolled_staff_code,
        join_time=fields.timestamp(given.join_time),
        version=given.version,
    )


def _place(given: Identifier) -> tuple[int, str]:
    return KINDS[given.kind], given.value


def _identifier(given: Identifier, *, own: bool) -> member_pb2.Identifier:
    verified = given.verify_time is not None
    return member_pb2.Identifier(
        kind=KINDS[given.kind],
        value=given.value if own else masked(given),
        verified=verified,
        verify_time=fields.timestamp(given.verify_time) if given.verify_time else None,
        source=given.source,
        state=member_pb2.IDENTIFIER_STATE_VERIFIED if verified else member_pb2.IDENTIFIER_STATE_UNVERIFIED,
    )


def masked(given: Identifier) -> str:
    """An identifier as others may see it."""
    code = country_code(given.value) if given.kind is By.PHONE else ""
    return domain.masked(given.kind, given.value, code)


def enrolled(given: Member, now: datetime, actor: access.Actor) -> member_events_pb2.MemberEnrolled:
    """The event that somebody became a member."""
    return member_events_pb2.MemberEnrolled(
        meta=_meta(given.member_id, given.version, now, actor),
        member_id=given.member_id,
        kind=_KINDS[given.kind],
        enrolled_location_id=given.enrolled_location_id,
        enrolled_staff_code=given.enrolled_staff_code,
        source=given.source,
    )


def claimed(member_id: str, version: int, now: datetime, actor: access.Actor) -> member_events_pb2.MemberClaimed:
    """The event that a store account has found its owner."""
    return member_events_pb2.MemberClaimed(meta=_meta(member_id, version, now, actor), member_id=member_id)


def merged(
    member_id: str, absorbed: str, version: int, now: datetime, actor: access.Actor
) -> member_events_pb2.MemberMerged:
    """The event that an id means somebody known."""
    meta = _meta(member_id, version, now, actor)
    return member_events_pb2.MemberMerged(meta=meta, member_id=member_id, absorbed_member_id=absorbed)


def _meta(member_id: str, version: int, now: datetime, actor: access.Actor) -> event_pb2.EventMeta:
    return event_pb2.EventMeta(
        aggregate_id=member_id,
        sequence=version,
        business_time=fields.timestamp(now),
        actor=actor.to_proto(),
    )
