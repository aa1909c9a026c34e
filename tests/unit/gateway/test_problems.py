"""Refusals as problem documents."""

import json
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from gateway.http import problems
from gateway.http.shop.quotes import AskQuote
from kit.errors import Code, Fault, invalid
from tools import contracts, documents


def rendered(error: BaseException) -> tuple[int, dict[str, Any], dict[str, str]]:
    response = problems.render(error)
    return response.status_code, json.loads(bytes(response.body)), dict(response.headers)


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_status(code: Code) -> None:
    status, told, headers = rendered(
        Fault("no", code=code, reason="SOME_REASON", domain="omo.order", sku="A", secret="x")
    )
    assert status == told["status"] == documents.HTTP[code.value]
    assert told["type"] == "urn:omo:reason:SOME_REASON"
    assert told["title"] == "Some reason"
    assert told["domain"] == "omo.order"
    assert told["metadata"] == ({} if code is Code.INTERNAL else {"sku": "A"})
    assert headers["content-type"] == "application/problem+json"
    assert ("retry-after" in headers) == (status in (429, 503))


# the store door has no HTTP
REFUSALS = [one for one in documents.refusals(contracts.describe()) if one.service != "storelink"]


@pytest.mark.parametrize("promised", REFUSALS, ids=[f"{one.service}.{one.reason}" for one in REFUSALS])
def test_every_promised_reason_has_its_status(promised: documents.Refusal) -> None:
    domain = "" if promised.service == "type" else f"omo.{promised.service}"
    fault = Fault("no", code=Code(promised.status), reason=promised.reason, domain=domain)
    assert problems.status_of(fault) == promised.http_status


def test_a_service_s_reason_has_a_status_of_its_own() -> None:
    """PIN_LOCKED of two services could differ; a shared reason is the same everywhere."""
    assert (
        problems.status_of(Fault("", code=Code.FAILED_PRECONDITION, reason="PAYMENT_DECLINED", domain="omo.order"))
        == 402
    )
    assert (
        problems.status_of(Fault("", code=Code.FAILED_PRECONDITION, reason="PAYMENT_DECLINED", domain="omo.x")) == 409
    )
    assert (
        problems.status_of(Fault("", code=Code.INVALID_ARGUMENT, reason="REQUEST_REUSED", domain="omo.member")) == 422
    )


def test_a_fault_of_ours_says_nothing_of_itself() -> None:
    status, told, _ = rendered(KeyError("SELECT secret FROM members"))
    assert status == 500
    assert told["reason"] == "INTERNAL"
    assert "secret" not in json.dumps(told)


def test_a_transport_s_words_stay_inside() -> None:
    _, told, headers = rendered(Fault("ipv4:10.0.0.7:18101: refused", code=Code.UNAVAILABLE, reason="UNAVAILABLE"))
    assert "10.0.0.7" not in json.dumps(told)
    assert headers["retry-after"] == "1"


def test_the_wait_is_told_where_it_is_known() -> None:
    fault = Fault("no", code=Code.RESOURCE_EXHAUSTED, reason="OTP_LIMITED", domain="omo.member", retry_after=42)
    status, told, headers = rendered(fault)
    assert (status, headers["retry-after"], told["metadata"]) == (429, "42", {"retry_after": "42"})


def test_a_running_request_may_be_asked_for_again() -> None:
    _, _, headers = rendered(Fault("no", code=Code.ABORTED, reason="REQUEST_RUNNING"))
    assert headers["retry-after"] == "1"


def test_a_service_s_field_is_named_like_ours() -> None:
    _, told, _ = rendered(invalid("lines[0].quantity", "must be 1 to 1,000,000"))
    assert told["errors"] == [{"field": "lines[0].quantity", "rule": "must be 1 to 1,000,000"}]


def asked(body: Any) -> RequestValidationError:
    """What FastAPI raises for this body of a quote."""
    try:
        TypeAdapter(AskQuote).validate_python(body)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        return RequestValidationError(found)
    raise AssertionError("that body is good")


def test_every_wrong_field_is_named_at_once() -> None:
    status, told, _ = rendered(asked({"lines": [{"sku": "A", "quantity": 0}, {"quantity": True}], "colour": 1}))
    assert status == 400
    assert told["reason"] == "FIELD_INVALID"
    assert {one["field"]: one["rule"] for one in told["errors"]} == {
        "lines[0].quantity": "must be at least 1",
        "lines[1].sku": "is required",
        "lines[1].quantity": "must be a whole number",
        "colour": "is no field of this call",
    }
    assert told["metadata"] == {"field": "lines[0].quantity", "rule": "must be at least 1"}


@pytest.mark.parametrize("name", ["price", "unit_price", "net_total", "discount", "amount"])
def test_a_price_from_the_client_is_told_so(name: str) -> None:
    status, told, _ = rendered(asked({"lines": [{"sku": "A", "quantity": 1, name: 1}]}))
    assert (status, told["reason"], told["domain"]) == (400, "PRICE_FROM_CLIENT", "omo.order")
    assert told["metadata"]["field"] == f"lines[0].{name}"


def test_a_body_that_is_no_object_is_told_so() -> None:
    _, told, _ = rendered(
        RequestValidationError([{"type": "json_invalid", "loc": ("body", 3), "msg": "JSON decode error"}])
    )
    assert told["errors"] == [{"field": "body", "rule": "must be JSON"}]


def test_no_such_path() -> None:
    assert rendered(HTTPException(404))[1]["reason"] == "NOT_FOUND"
    assert rendered(HTTPException(405))[0] == 405
