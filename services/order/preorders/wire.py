"""Offers of goods that are not there yet, between protobuf and the domain."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from kit import fields
from kit.errors import invalid
from omo.order.v1 import preorder_service_pb2 as pb
from services.order.preorders import domain
from services.order.preorders.domain import ALL, Count, Offer

_CAPS, _SKUS = 1_000, 100
_MOST = 1_000_000_000
_NO_COUNT = Count(0, None)


def offer(given: pb.Preorder) -> Offer:
    """What headquarters write, field by field."""
    if given.HasField("cap"):
        _units("preorder.cap", given.cap)
    return Offer(
        offer_id=fields.code("preorder.offer_id", given.offer_id),
        sku=fields.code("preorder.sku", given.sku),
        start_time=_moment(given, "start_time"),
        end_time=_moment(given, "end_time"),
        release_time=_moment(given, "release_time"),
        ship_location_id=fields.code("preorder.ship_location_id", given.ship_location_id)
        if given.ship_location_id
        else "",
        ended=given.ended,
        caps=domain.scopes(
            given.cap if given.HasField("cap") else None,
            _by_code("preorder.channel_caps", given.channel_caps),
            _by_code("preorder.location_caps", given.location_caps),
        ),
    )


def skus(request: pb.ShowPreordersRequest) -> Sequence[str]:
    if len(request.skus) > _SKUS:
        raise invalid("skus", f"must be at most {_SKUS}")
    return list(dict.fromkeys(request.skus))


def preorder(given: Offer, known: Mapping[str, Count], released: int) -> pb.Preorder:
    """As headquarters see it."""
    return pb.Preorder(
        offer_id=given.offer_id,
        sku=given.sku,
        start_time=fields.timestamp(given.start_time),
        end_time=fields.timestamp(given.end_time),
        release_time=fields.timestamp(given.release_time),
        cap=given.caps.get(ALL),
        channel_caps=_caps("c:", known),
        location_caps=_caps("l:", known),
        ship_location_id=given.ship_location_id,
        ended=given.ended,
        sold=known.get(ALL, _NO_COUNT).units,
        released=released,
        version=given.version,
    )


def shown(given: Offer, known: Mapping[str, Count], channel_id: str, now: datetime) -> pb.ShownPreorder:
    """As a channel's shoppers see it."""
    out = any(not known.get(scope, _NO_COUNT).covers(1) for scope in (ALL, domain.channel(channel_id)))
    return pb.ShownPreorder(
        offer_id=given.offer_id,
        sku=given.sku,
        start_time=fields.timestamp(given.start_time),
        end_time=fields.timestamp(given.end_time),
        release_time=fields.timestamp(given.release_time),
        open=given.is_open(now) and not out,
        sold_out=out,
        sold_out_location_ids=[
            scope[2:] for scope, count in sorted(known.items()) if scope.startswith("l:") and not count.covers(1)
        ],
        ships=bool(given.ship_location_id),
    )


def _caps(kind: str, known: Mapping[str, Count]) -> list[pb.PreorderCap]:
    return [
        pb.PreorderCap(code=scope[2:], units=count.cap, sold=count.units)
        for scope, count in sorted(known.items())
        if scope.startswith(kind) and count.cap is not None
    ]


def _by_code(path: str, given: Iterable[pb.PreorderCap]) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, cap in enumerate(given):
        code = fields.code(f"{path}[{number}].code", cap.code)
        if code in found:
            raise invalid(f"{path}[{number}].code", "must be named once")
        found[code] = _units(f"{path}[{number}].units", cap.units)
    if len(found) > _CAPS:
        raise invalid(path, f"must be at most {_CAPS}")
    return found


def _units(field: str, given: int) -> int:
    if not 0 <= given <= _MOST:
        raise invalid(field, f"must be 0 to {_MOST}")
    return given


def _moment(given: pb.Preorder, name: str) -> datetime:
    if not given.HasField(name):  # type: ignore[arg-type]  # one of its times
        raise invalid(f"preorder.{name}", "must be given")
    return fields.moment(getattr(given, name), f"preorder.{name}")
