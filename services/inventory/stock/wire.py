"""Stock requests as commands, checked."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from kit import access
from kit.access import Kind
from kit.errors import invalid
from omo.inventory.v1 import stock_pb2 as pb
from omo.inventory.v1 import stock_service_pb2 as rpc
from services.inventory import wire as fields
from services.inventory.availability.domain_rules import LONGEST_HOLD, SHORTEST_HOLD
from services.inventory.lots import wire as lots_wire
from services.inventory.stock.domain import Line, Movement, Who
from services.inventory.stock.domain_commands import EVERYWHERE, Ask, Extend, Reach, Release

_MOVABLE = ("OPENING", "RECEIPT", "ADJUSTMENT", "DAMAGE")
_LARGEST_MOVE = 10**12


def who() -> Who:
    """Whoever acts."""
    actor = access.current().actor
    return Who(actor.kind.value, actor.id, actor.terminal_id)


def reach() -> Reach:
    """Members touch their own carts, staff and tills those of their stores; what an order holds, services alone."""
    principal = access.current()
    match principal.kind:
        case Kind.SERVICE:
            return EVERYWHERE
        case Kind.MEMBER:
            return Reach(member_id=principal.id, orders=False)
        case Kind.HQ:
            return Reach(orders=False)
        case _:
            return Reach(location_ids=frozenset(principal.location_ids), orders=False)


def scope(location_id: str) -> str:
    """The location whose books are read: staff name one of their own, or have only one."""
    principal = access.current()
    if principal.kind is not Kind.STAFF:
        return location_id
    if not location_id and len(principal.location_ids) == 1:
        return principal.location_ids[0]
    if not location_id:
        raise invalid("location_id", "must name one of your stores")
    access.require_location(location_id)
    return location_id


def ask(request: rpc.HoldRequest, default_ttl: int) -> Ask:
    may = reach()
    member_id = request.member_id or may.member_id
    if may.member_id:
        access.require_member(member_id)
    if request.order_id and not may.orders:
        raise access.Denied("only a checkout holds for an order", field="order_id", permission="stock.hold")
    for index, line in enumerate(request.lines) if may.location_ids is not None else ():
        if line.pool_id:
            field = f"lines[{index}].pool_id"
            raise access.Denied("stores hold their own goods, a checkout any", field=field, permission="stock.hold")
        access.require_location(line.location_id)
    bare = rpc.HoldRequest()
    bare.CopyFrom(request)
    bare.ClearField("request_id")
    bare.member_id = member_id
    replaces = fields.key("replaces_hold_id", request.replaces_hold_id) if request.replaces_hold_id else ""
    return Ask(
        hold_id=fields.key("request_id", request.request_id),
        lines=_lines(request.lines),
        fingerprint=hashlib.sha256(bare.SerializeToString(deterministic=True)).digest(),
        who=who(),
        ttl=None if request.order_id else ttl(request.ttl_seconds, default_ttl),
        order_id=fields.key("order_id", request.order_id) if request.order_id else "",
        member_id=fields.key("member_id", member_id) if member_id else "",
        partial=request.allow_partial,
        replaces=replaces,
        own=bool(may.member_id),
        ruled=not request.order_id and not request.ttl_seconds,
    )


def ttl(seconds: int, default: int) -> timedelta:
    return timedelta(
        seconds=fields.between("ttl_seconds", seconds, SHORTEST_HOLD, LONGEST_HOLD) if seconds else default
    )


def _lines(given: Sequence[pb.HoldLine]) -> tuple[Line, ...]:
    if not 1 <= len(given) <= 200:
        raise invalid("lines", "must be 1 to 200")
    found = tuple(
        Line(
            one.line_no or index + 1,
            fields.code(f"lines[{index}].sku", one.sku),
            _place(f"lines[{index}]", one),
            fields.quantity(f"lines[{index}].quantity", one.quantity),
            pool_id=fields.code(f"lines[{index}].pool_id", one.pool_id) if one.pool_id else "",
        )
        for index, one in enumerate(given)
    )
    numbers = [line.line_no for line in found]
    if min(numbers) < 1 or len(set(numbers)) < len(numbers):
        raise invalid("lines", "line_no must be positive and named once")
    return found


def _place(path: str, given: pb.HoldLine) -> str:
    """Goods are asked for of one location or of a pool."""
    if not given.pool_id:
        return fields.code(f"{path}.location_id", given.location_id)
    if given.location_id:
        raise invalid(f"{path}.location_id", "must be empty if a pool is named")
    return ""


def extend(request: rpc.ExtendHoldRequest, default_ttl: int) -> Extend:
    time = ttl(request.ttl_seconds, default_ttl)
    return Extend(fields.key("hold_id", request.hold_id), time, reach(), not request.ttl_seconds)


def release(request: rpc.ReleaseRequest) -> Release:
    reason = fields.text("reason", request.reason, 200)
    return Release(fields.key("hold_id", request.hold_id), who(), reach(), reason)


def movements(request: rpc.PostMovementsRequest, now: datetime) -> list[Movement]:
    if not 1 <= len(request.movements) <= 1_000:
        raise invalid("movements", "must be 1 to 1000")
    by = who()
    source = fields.key("request_id", request.request_id)
    return [_movement(f"movements[{n}]", one, by, source, now) for n, one in enumerate(request.movements)]


def _movement(path: str, given: pb.Movement, by: Who, source: str, now: datetime) -> Movement:
    kind = fields.choice(f"{path}.kind", pb.MovementKind, given.kind, "MOVEMENT_KIND_")
    if kind not in _MOVABLE:
        raise invalid(f"{path}.kind", f"must be one of {', '.join(_MOVABLE)}")
    least = {"OPENING": 0, "RECEIPT": 1}.get(kind, -_LARGEST_MOVE)
    fields.between(f"{path}.quantity", given.quantity, least, _LARGEST_MOVE)
    fields.between(f"{path}.damaged", given.damaged, -_LARGEST_MOVE, _LARGEST_MOVE)
    if kind == "DAMAGE" and not given.damaged:
        raise invalid(f"{path}.damaged", "must say how many more are damaged")
    if kind != "DAMAGE" and given.damaged:
        raise invalid(f"{path}.damaged", "is for DAMAGE only")
    if kind == "ADJUSTMENT" and not given.quantity:
        raise invalid(f"{path}.quantity", "must not be 0")
    return Movement(
        lots=lots_wire.units(f"{path}.lots", given.lots),
        sku=fields.code(f"{path}.sku", given.sku),
        location_id=fields.code(f"{path}.location_id", given.location_id),
        kind=kind,
        quantity=given.quantity,
        business_time=fields.moment(given.business_time) if given.HasField("business_time") else now,
        source_id=fields.text(f"{path}.source_id", given.source_id, 255) or source,
        who=by,
        damaged=given.damaged,
        reason=fields.text(f"{path}.reason", given.reason, 200),
    )
