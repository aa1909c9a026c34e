"""Principals as the contracts tell them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit import fields
from omo.member.v1 import access_pb2, member_events_pb2
from omo.member.v1 import access_service_pb2 as pb
from omo.type.v1 import event_pb2
from services.member.access.domain import HqUser, Session, Staff, Terminal

_TOLD = frozenset({"LOST", "STOLEN", "REPLACED", "RETIRED", "COMPROMISED"})


def staff_of(message: access_pb2.Staff) -> Staff:
    """A staff member as headquarters wrote him."""
    return Staff(
        staff_code=fields.code("staff.staff_code", message.staff_code),
        display_name=fields.text("staff.display_name", message.display_name, 100),
        home_location_id=fields.code("staff.home_location_id", message.home_location_id),
        roles=tuple(sorted(set(message.roles))),
        location_ids=tuple(sorted({fields.code("staff.location_ids", one) for one in message.location_ids})),
        active=message.active,
        start_time=fields.moment(message.start_time, "staff.start_time") if message.HasField("start_time") else None,
        end_time=fields.moment(message.end_time, "staff.end_time") if message.HasField("end_time") else None,
    )


def staff(given: Staff) -> access_pb2.Staff:
    """A staff member, without credentials."""
    return access_pb2.Staff(
        staff_code=given.staff_code,
        display_name=given.display_name,
        home_location_id=given.home_location_id,
        roles=given.roles,
        location_ids=given.location_ids,
        active=given.active,
        start_time=fields.timestamp(given.start_time) if given.start_time else None,
        end_time=fields.timestamp(given.end_time) if given.end_time else None,
        version=given.version,
    )


def staff_changed(given: Staff, now: datetime) -> member_events_pb2.StaffChanged:
    """The event that tells of it."""
    return member_events_pb2.StaffChanged(meta=_meta(given.staff_code, given.version, now), staff=staff(given))


def terminal(given: Terminal) -> access_pb2.Terminal:
    """A terminal, without its credential."""
    return access_pb2.Terminal(
        terminal_id=given.terminal_id,
        location_id=given.location_id,
        name=given.name,
        active=given.active,
        version=given.version,
    )


def terminal_changed(given: Terminal, now: datetime, reason: str = "") -> member_events_pb2.TerminalChanged:
    """The event that tells of it; of what somebody wrote as a reason, only words of our list go out."""
    meta = _meta(given.terminal_id, given.version, now, reason if not reason or reason in _TOLD else "OTHER")
    return member_events_pb2.TerminalChanged(meta=meta, terminal=terminal(given))


def hq_user(given: HqUser) -> access_pb2.HqUser:
    """A headquarters user."""
    return access_pb2.HqUser(
        user_id=given.user_id, display_name=given.display_name, roles=given.roles, active=given.active
    )


def session(given: Session) -> access_pb2.Session:
    """What the principal keeps."""
    return access_pb2.Session(
        access_token=given.access.text,
        access_expire_time=fields.timestamp(given.access.expire_time),
        refresh_token=given.refresh.text,
        refresh_expire_time=fields.timestamp(given.refresh.expire_time),
        principal_id=given.principal_id,
    )


def jwks(document: Mapping[str, Any]) -> pb.GetJwksResponse:
    """The key set as RFC 7517 JSON."""
    return pb.GetJwksResponse(jwks_json=json.dumps(document, separators=(",", ":")))


def _meta(aggregate_id: str, version: int, now: datetime, reason: str = "") -> event_pb2.EventMeta:
    return event_pb2.EventMeta(
        aggregate_id=aggregate_id, sequence=version, business_time=fields.timestamp(now), reason=reason
    )
