"""Refusals and failures as RFC 9457 problem documents: the one place where they are rendered."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.http.description import wording
from kit.errors import Code, Fault
from kit.rpc import faults
from kit.telemetry import traces
from omo.attribution.v1 import reason_pb2 as attribution
from omo.inventory.v1 import reason_pb2 as inventory
from omo.member.v1 import reason_pb2 as member
from omo.order.v1 import reason_pb2 as order
from omo.type.v1 import annotations_pb2
from omo.type.v1 import reason_pb2 as shared

MEDIA_TYPE = "application/problem+json"

HTTP: Mapping[Code, int] = {
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNAUTHENTICATED: 401,
    Code.PERMISSION_DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.ABORTED: 409,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DEADLINE_EXCEEDED: 504,
}

# of these the caller hears our words: a transport's own name our addresses
_OURS = {
    "INTERNAL": "a fault of ours: report the trace id",
    "UNAVAILABLE": "a part of the system is not reachable: try again",
    "DEADLINE_EXCEEDED": "no answer in time; it may have happened all the same: ask again with the same key",
    "OVERLOADED": "too much at once: try again",
}
# what a caller may be told beside the reason; anything else stays in our logs
_TOLD = frozenset(
    "field rule sku available state tries_left retry_after provider_code code location_id path cause permission "
    "staff_code protected_until barcode order_id hold_id fulfilment_id member_id terminal_id quantity limit line_no "
    "masked_name version quote_id coupon currency return_id free days cap "
    # who orders ahead, changes an order, or was told a price that is another by now
    "of where left offer_id start_time end_time release_time seen action_no edit_id rule_id limit_id allowed "
    "units over old new "
    # who holds stock: in what, and how many
    "pool_id most".split()
)
_AGAIN = {429: "1", 503: "1"}
_RUNNING = "REQUEST_RUNNING"


class FieldsInvalid(Fault):
    """Some fields of a request; `errors` names each with its rule."""

    code = Code.INVALID_ARGUMENT
    reason = "FIELD_INVALID"

    def __init__(self, errors: list[dict[str, str]], **named: Any) -> None:
        first = errors[0]
        super().__init__(f"{first['field']}: {first['rule']}", domain=DOMAIN, **{**first, **named})
        self.errors = errors


class RouteUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class MethodUnknown(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "METHOD_NOT_ALLOWED"


class BodyTooLarge(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "BODY_TOO_LARGE"


DOMAIN = "omo.gateway"


def _statuses() -> Iterator[tuple[tuple[str, str], int]]:
    """The reasons that contracts give another status than their code's, by domain; shared ones have none."""
    for domain, module in {
        "": shared,
        "omo.member": member,
        "omo.order": order,
        "omo.inventory": inventory,
        "omo.attribution": attribution,
    }.items():
        for value in module.DESCRIPTOR.enum_types_by_name["Reason"].values:
            if status := value.GetOptions().Extensions[annotations_pb2.http_status]:
                yield (domain, value.name.removeprefix("REASON_")), status


_EXCEPTIONS = dict(_statuses())


def status_of(fault: Fault) -> int:
    """The HTTP status of a fault: its reason's own, or its code's."""
    own = _EXCEPTIONS.get((fault.domain, fault.reason)) or _EXCEPTIONS.get(("", fault.reason))
    return own or HTTP[fault.code]


def of(error: BaseException) -> Fault:
    """The fault that the caller is told of, whatever went wrong."""
    if isinstance(error, RequestValidationError):
        return _of_fields(error)
    if isinstance(error, HTTPException):
        return _of_routing(error)
    return faults.of(error)


def render(error: BaseException) -> Response:
    """The answer to a call that failed."""
    fault = of(error)
    status = status_of(fault)
    headers = {"Content-Language": "en"}
    again = fault.metadata.get("retry_after") or _AGAIN.get(status) or ("1" if fault.reason == _RUNNING else "")
    if again:
        headers["Retry-After"] = again
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(document(fault, status)), status, headers, MEDIA_TYPE)


def document(fault: Fault, status: int) -> dict[str, Any]:
    """The problem document; of a fault of ours it holds a trace id and no detail."""
    internal = fault.code is Code.INTERNAL
    told = {} if internal else {key: value for key, value in fault.metadata.items() if key in _TOLD}
    if told.get("field") == "request_id":
        told["field"] = "Idempotency-Key"  # what it is called at this door
    found = {
        "type": f"urn:omo:reason:{fault.reason}",
        "title": fault.reason.replace("_", " ").capitalize(),
        "status": status,
        "detail": _OURS["INTERNAL"] if internal else _OURS.get(fault.reason, fault.message),
        "reason": fault.reason,
        "domain": fault.domain or DOMAIN,
        "metadata": told,
        "trace_id": traces.trace_id(),
    }
    if isinstance(fault, FieldsInvalid):
        found["errors"] = fault.errors
    elif told.get("field"):
        # also of what is well said and does not hold, such as a wrong PIN or goods that nobody knows
        found["errors"] = [{"field": told["field"], "rule": fault.metadata.get("rule") or found["detail"]}]
    return found


# names of money: a basket line that brings one is told so, instead of that the field is unknown
_PRICES = frozenset(
    "price unit_price amount unit_amount list_total net_total discount_total tax_total total grand_total discount "
    "discounts line_total".split()
)


def _of_fields(error: RequestValidationError) -> Fault:
    found = error.errors()
    errors = [{"field": _field(item["loc"]), "rule": wording.rule(item)} for item in found]
    for item, told in zip(found, errors, strict=True):
        loc = item["loc"]
        if item["type"] == "extra_forbidden" and "lines" in loc and loc[-1] in _PRICES:
            fault = FieldsInvalid(errors, field=told["field"], rule="prices are the brand's: send SKUs and quantities")
            fault.reason, fault.domain = "PRICE_FROM_CLIENT", "omo.order"
            fault.message = f"{told['field']}: prices are the brand's, send SKUs and quantities only"
            return fault
    return FieldsInvalid(errors)


def _field(loc: tuple[str | int, ...]) -> str:
    """Where it is, as people write it: lines[0].quantity."""
    if loc and loc[0] in ("body", "query", "path", "header"):
        loc = loc[1:] if not (loc[0] == "body" and len(loc) > 1 and isinstance(loc[1], int) and len(loc) == 2) else ()
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "body"


def _of_routing(error: HTTPException) -> Fault:
    if isinstance(error.__cause__, Fault):  # raised while the body was read, and wrapped by the framework
        return error.__cause__
    if error.status_code == HTTPStatus.NOT_FOUND:
        return RouteUnknown("there is no such path; see /docs", domain=DOMAIN)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodUnknown("this path has no such method; see /docs", domain=DOMAIN)
    return FieldsInvalid([{"field": "body", "rule": "cannot be read"}])
