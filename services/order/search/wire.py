"""Searches and rows, between protobuf and order."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from kit import fields
from kit.errors import invalid
from omo.order.v1 import search_service_pb2 as pb
from services.order.checkout import wire, wire_asked
from services.order.checkout.domain import ChannelKind, Method, State
from services.order.search.domain import Search

_TIMES = ("business_time", "record_time", "update_time")
_decode_units = msgspec.json.Decoder(list[tuple[int, int, int, int, int, tuple[int, ...]]]).decode
_decode_discounts = msgspec.json.Decoder(list[tuple[str, str, str, int]]).decode


def search(request: pb.SearchOrdersRequest) -> Search:
    """What is looked for."""
    bare = Search()
    return Search(
        member_ids=tuple(
            wire.identifier(f"member_ids[{place}]", each) for place, each in enumerate(request.member_ids)
        ),
        order_no=request.order_no.strip(),
        sku=request.sku,
        state=wire_asked.state(request.state),
        channel_kind=wire_asked.channel_kind(request.channel_kind),
        location_id=request.location_id,
        start=fields.moment(request.start_time, "start_time") if request.HasField("start_time") else bare.start,
        end=fields.moment(request.end_time, "end_time") if request.HasField("end_time") else bare.end,
    )


def span(request: pb.ExportOrdersRequest | pb.ExportUnitsRequest) -> tuple[datetime, datetime]:
    """The time that is handed out."""
    for field in ("start_time", "end_time"):
        if not request.HasField(field):
            raise invalid(field, "must be given")
    start, end = fields.moment(request.start_time, "start_time"), fields.moment(request.end_time, "end_time")
    if start >= end:
        raise invalid("end_time", "must lie after start_time")
    return start, end


def order_row(row: Mapping[str, Any]) -> pb.OrderRow:
    """One order."""
    return pb.OrderRow(**_told(row))


def unit_rows(row: Mapping[str, Any]) -> Iterator[pb.UnitRow]:
    """Each run of equal units of a line."""
    rules = [rule_id for rule_id, _, _, _ in _decode_discounts(row["discounts"])]
    told = _told({name: value for name, value in row.items() if name not in ("discounts", "units")})
    told["method"] = wire.method(Method(row["method"]))
    first = 0
    for last, listed, net, tax, points, off in _decode_units(row["units"]):
        given = " ".join(f"{rule}={amount}" for rule, amount in zip(rules, off, strict=False) if amount)
        yield pb.UnitRow(
            **told, first_unit=first, last_unit=last, list_amount=listed, net_amount=net, tax_amount=tax,
            points_amount=points, discounts=given,
        )  # fmt: skip
        first = last + 1


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if value is not None}
    told |= {name: wire.timestamp(row[name]) for name in _TIMES if name in row}
    told["state"] = wire.state(State(row["state"]))
    if "channel_kind" in row:
        told["channel_kind"] = wire.channel_kind(ChannelKind(row["channel_kind"]))
    return told
