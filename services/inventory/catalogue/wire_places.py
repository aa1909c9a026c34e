"""Requests about places and channels as domain values, checked."""

import re
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from kit.errors import invalid
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from omo.type.v1 import channel_pb2
from services.inventory import wire as fields
from services.inventory.catalogue.domain import Channel, Group, Location, TaxClass
from services.inventory.catalogue.domain_hours import Hours, SpecialDay, overlapping
from services.inventory.catalogue.domain_places import DROP_POINT
from services.inventory.catalogue.wire import codes, texts

_MILLION = 1_000_000
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def locations(request: rpc.PutLocationsRequest, time_zone: str) -> list[Location]:
    if not 1 <= len(request.locations) <= 200:
        raise invalid("locations", "must be 1 to 200")
    found = [_location(f"locations[{n}]", given, time_zone) for n, given in enumerate(request.locations)]
    if len({one.location_id for one in found}) < len(found):
        raise invalid("locations", "each may be named once")
    return found


def _location(path: str, given: pb.Location, time_zone: str) -> Location:
    kind = fields.choice(f"{path}.kind", pb.LocationKind, given.kind, "LOCATION_KIND_")
    if kind == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must be given")
    zone = given.time_zone or time_zone
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise invalid(f"{path}.time_zone", "must be an IANA time zone") from None
    latitude, longitude = _position(path, given)
    return Location(
        location_id=fields.code(f"{path}.location_id", given.location_id),
        kind=kind,
        name=fields.text(f"{path}.name", given.name, 200, empty=False),
        names=texts(f"{path}.names", given.names),
        groups=codes(f"{path}.groups", given.groups),
        time_zone=zone,
        address=fields.text(f"{path}.address", given.address, 400),
        pickup=given.pickup,
        ships=given.ships,
        active=given.active,
        sellable=given.sellable if given.HasField("sellable") else kind != DROP_POINT,
        latitude=latitude,
        longitude=longitude,
        hours=_hours(path, given.hours),
        special_days=_special_days(path, given.special_days),
        daily_order_capacity=_capacity(path, given),
        franchise=given.franchise,
        web_orders_opt_in=_opted_in(path, given),
        listed_only=given.listed_only,
    )


def _position(path: str, given: pb.Location) -> tuple[float, float] | tuple[None, None]:
    if not given.HasField("position"):
        return None, None
    where = given.position
    latitude = fields.between(f"{path}.position.latitude_e6", where.latitude_e6, -90_000_000, 90_000_000)
    longitude = fields.between(f"{path}.position.longitude_e6", where.longitude_e6, -180_000_000, 180_000_000)
    return latitude / _MILLION, longitude / _MILLION


def _capacity(path: str, given: pb.Location) -> int | None:
    if not given.HasField("daily_order_capacity"):
        return None
    return fields.between(f"{path}.daily_order_capacity", given.daily_order_capacity, 0, 1_000_000)


def _opted_in(path: str, given: pb.Location) -> bool:
    if given.web_orders_opt_in and not given.franchise:
        raise invalid(f"{path}.web_orders_opt_in", "must be false where nobody runs a franchise")
    return given.web_orders_opt_in


def _hours(path: str, given: Sequence[pb.OpeningHours]) -> tuple[Hours, ...]:
    if len(given) > 28:
        raise invalid(f"{path}.hours", "must be at most 28")
    found = tuple(
        Hours(fields.between(f"{path}.hours[{n}].weekday", one.weekday, 1, 7), *_span(f"{path}.hours[{n}]", one))
        for n, one in enumerate(given)
    )
    if (weekday := overlapping(found)) is not None:
        raise invalid(f"{path}.hours", f"must not overlap, as on weekday {weekday}")
    return found


def _special_days(path: str, given: Sequence[pb.SpecialDay]) -> tuple[SpecialDay, ...]:
    if len(given) > 400:
        raise invalid(f"{path}.special_days", "must be at most 400")
    found = tuple(_special_day(f"{path}.special_days[{n}]", one) for n, one in enumerate(given))
    if len({one.date for one in found}) < len(found):
        raise invalid(f"{path}.special_days", "each day may be named once")
    return found


def _special_day(path: str, given: pb.SpecialDay) -> SpecialDay:
    try:
        day = date.fromisoformat(given.date)
    except ValueError:
        raise invalid(f"{path}.date", "must be YYYY-MM-DD") from None
    note = fields.text(f"{path}.note", given.note, 200)
    if given.closed:
        return SpecialDay(day.isoformat(), closed=True, note=note)
    return SpecialDay(day.isoformat(), False, *_span(path, given), note)


def _span(path: str, given: pb.OpeningHours | pb.SpecialDay) -> tuple[str, str, str]:
    """open, close and cut_off, which compare as text because they are written alike."""
    if not _CLOCK.fullmatch(given.open):
        raise invalid(f"{path}.open", "must be HH:MM, 00:00 to 23:59")
    if not (_CLOCK.fullmatch(given.close) or given.close == "24:00") or given.close <= given.open:
        raise invalid(f"{path}.close", "must be HH:MM after open, 24:00 at most")
    if given.cut_off and not (_CLOCK.fullmatch(given.cut_off) and given.open <= given.cut_off <= given.close):
        raise invalid(f"{path}.cut_off", "must be HH:MM from open to close")
    return given.open, given.close, given.cut_off


def groups(request: rpc.PutLocationGroupsRequest) -> list[Group]:
    if not 1 <= len(request.groups) <= 200:
        raise invalid("groups", "must be 1 to 200")
    found = [_group(f"groups[{number}]", given) for number, given in enumerate(request.groups)]
    if len({one.group_id for one in found}) < len(found):
        raise invalid("groups", "each may be named once")
    return found


def _group(path: str, given: pb.LocationGroup) -> Group:
    kind = fields.choice(f"{path}.kind", pb.LocationGroupKind, given.kind, "LOCATION_GROUP_KIND_")
    if kind == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must be given")
    if bool(given.channel_id) != (kind == "CHANNEL"):
        raise invalid(f"{path}.channel_id", "must be given for the kind CHANNEL, and only for it")
    code = fields.code(f"{path}.group_id", given.group_id)
    name = fields.text(f"{path}.name", given.name, 200) or code
    channel = fields.code(f"{path}.channel_id", given.channel_id) if given.channel_id else ""
    return Group(code, kind, name, texts(f"{path}.names", given.names), channel)


def channels(request: rpc.PutChannelsRequest) -> tuple[list[Channel], list[TaxClass]]:
    if len(request.channels) > 100 or len(request.tax_classes) > 100:
        raise invalid("channels", "must be at most 100, as tax_classes")
    found = [_channel(f"channels[{number}]", given) for number, given in enumerate(request.channels)]
    rates = [
        TaxClass(
            fields.code(f"tax_classes[{n}].tax_class", given.tax_class),
            fields.between(f"tax_classes[{n}].rate_bp", given.rate_bp, 0, 10_000),
        )
        for n, given in enumerate(request.tax_classes)
    ]
    if len({one.channel_id for one in found}) < len(found) or len({one.tax_class for one in rates}) < len(rates):
        raise invalid("channels", "each may be named once, as tax_classes")
    return found, rates


def _channel(path: str, given: pb.Channel) -> Channel:
    kind = fields.choice(f"{path}.kind", channel_pb2.ChannelKind, given.kind, "CHANNEL_KIND_")
    if kind == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must be ONLINE or STORE")
    name = fields.text(f"{path}.name", given.name, 200)
    code = fields.code(f"{path}.channel_id", given.channel_id)
    return Channel(code, kind, name or given.channel_id, given.listed_only)
