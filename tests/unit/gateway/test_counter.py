"""A panel of what owners answered: who is away is named, and who refuses is heard."""

from typing import Any

import pytest

from gateway.storelink.counter import _gathered
from kit.errors import Code, Fault


async def _answers(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def _fault(code: Code, reason: str) -> Fault:
    return Fault("no", code=code, reason=reason)


async def test_an_owner_that_is_away_leaves_its_part_empty_and_is_named() -> None:
    missing: set[str] = set()
    found = await _gathered(
        {
            "member": ("member", _answers("him")),
            "orders": ("order", _answers(_fault(Code.UNAVAILABLE, "UNAVAILABLE"))),
            "binding": ("attribution", _answers(_fault(Code.NOT_FOUND, "NOT_FOUND"))),
        },
        missing,
    )
    assert found == {"member": "him", "orders": None, "binding": None}
    assert missing == {"order"}  # nobody is bound: that is an answer


async def test_a_member_whom_nobody_knows_is_refused() -> None:
    with pytest.raises(Fault) as refused:
        await _gathered({"member": ("member", _answers(_fault(Code.NOT_FOUND, "MEMBER_UNKNOWN")))}, set())
    assert refused.value.reason == "MEMBER_UNKNOWN"
