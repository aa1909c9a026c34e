"""Protobuf to and from bindings."""

from datetime import UTC

from kit import fields
from omo.attribution.v1 import attribution_events_pb2, attribution_pb2
from omo.member.v1 import member_events_pb2, merging_events_pb2
from services.attribution.binding.domain import Binding, Enrolment, Staff
from services.attribution.binding.domain_merges import Heard


def binding(found: Binding, version: int = 0) -> attribution_pb2.Binding:
    """A binding that holds."""
    noted = found.noted
    return attribution_pb2.Binding(
        binding_id=noted.binding_id,
        member_id=noted.member_id,
        staff_code=noted.staff_code,
        location_id=noted.location_id,
        source=attribution_pb2.BindingSource.ValueType(noted.source),
        bind_time=fields.timestamp(noted.bind_time),
        protected_until_time=fields.timestamp(found.protected_until),
        valid_until_time=fields.timestamp(found.valid_until),
        active=True,
        evidence=noted.evidence,
        version=version,
    )


def bound(found: Binding, version: int, policy_version: str) -> attribution_events_pb2.MemberBound:
    """The event that a member is bound."""
    event = attribution_events_pb2.MemberBound(binding=binding(found, version))
    event.meta.aggregate_id = found.noted.member_id
    event.meta.sequence = version
    event.meta.business_time.CopyFrom(fields.timestamp(found.noted.bind_time))
    event.meta.rule_version = policy_version
    return event


def staff(event: member_events_pb2.StaffChanged) -> Staff:
    """A staff member's newest state."""
    person = event.staff
    return Staff(person.staff_code, person.display_name, person.home_location_id, person.active, person.version)


def enrolment(event: member_events_pb2.MemberEnrolled) -> Enrolment:
    """Who enrolled a member."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return Enrolment(event.enrolled_staff_code, event.enrolled_location_id, moment)


def merger(event: member_events_pb2.MemberMerged) -> Heard:
    """Two ids that mean one member; an id that only a till knew did so from the beginning."""
    moment = event.meta.business_time.ToDatetime(UTC) if event.merge_id else None
    return Heard(event.merge_id or event.absorbed_member_id, event.absorbed_member_id, event.member_id, moment)


def parted(event: merging_events_pb2.MemberUnmerged) -> Heard:
    """One member who is two."""
    ids = (event.merge_id, event.absorbed_member_id, event.member_id)
    return Heard(*ids, undone=True, order_ids=tuple(event.order_ids))
