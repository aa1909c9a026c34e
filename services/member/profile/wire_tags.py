"""Protobuf to and from tags."""

from kit import access, fields
from kit.access import Actor
from omo.member.v1 import profile_events_pb2, profile_pb2
from services.member.profile.domain_tags import ChangeRow, Definition, Tag

_LABEL = 60


def asked_definition(asked: profile_pb2.TagDefinition) -> Definition:
    """A word as headquarters wants it."""
    return Definition(
        fields.code("definition.tag", asked.tag),
        fields.text("definition.label", asked.label, _LABEL),
        fields.text("definition.label_en", asked.label_en, _LABEL, empty=True),
        tuple(dict.fromkeys(asked.origins)),
        asked.keep_days,
        asked.active,
    )


def definition(found: Definition) -> profile_pb2.TagDefinition:
    """A word of the list."""
    return profile_pb2.TagDefinition(
        tag=found.tag,
        label=found.label,
        label_en=found.label_en,
        origins=found.origins,
        keep_days=found.keep_days,
        active=found.active,
        version=found.version,
    )


def tag(found: Tag) -> profile_pb2.Tag:
    """A tag that a member has."""
    shown = profile_pb2.Tag(
        member_id=found.member_id,
        tag=found.tag,
        origin=_origin(found.origin),
        staff_code=found.staff_code,
        location_id=found.location_id,
        why=found.why,
        set_time=fields.timestamp(found.set_time),
    )
    if found.expire_time is not None:
        shown.expire_time.CopyFrom(fields.timestamp(found.expire_time))
    return shown


def change(found: ChangeRow, why: str) -> profile_pb2.TagChange:
    """One change of the history."""
    shown = profile_pb2.TagChange(
        change_id=found.change_id,
        tag=found.tag,
        kind=_kind(found.kind),
        origin=_origin(found.origin),
        actor=Actor(access.Kind(found.actor_kind), found.actor_id, found.actor_terminal_id).to_proto(),
        location_id=found.location_id,
        why=why,
        business_time=fields.timestamp(found.business_time),
    )
    if found.expire_time is not None:
        shown.expire_time.CopyFrom(fields.timestamp(found.expire_time))
    return shown


def changed(found: ChangeRow, version: int) -> profile_events_pb2.TagChanged:
    """The event; why it was done stays at home."""
    event = profile_events_pb2.TagChanged(
        member_id=found.member_id, tag=found.tag, kind=_kind(found.kind), origin=_origin(found.origin)
    )
    event.meta.aggregate_id = found.member_id
    event.meta.sequence = version
    event.meta.business_time.CopyFrom(fields.timestamp(found.business_time))
    if found.expire_time is not None:
        event.expire_time.CopyFrom(fields.timestamp(found.expire_time))
    return event


def _origin(name: str) -> profile_pb2.TagOrigin.ValueType:
    return profile_pb2.TagOrigin.Value(f"TAG_ORIGIN_{name}")


def _kind(name: str) -> profile_pb2.TagChangeKind.ValueType:
    return profile_pb2.TagChangeKind.Value(f"TAG_CHANGE_KIND_{name}")
