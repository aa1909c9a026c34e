"""The member panel at the till and the call list: one call, whatever owners it takes."""

import pytest

from kit.errors import Code
from tests.service.gateway.conftest import MEMBER, Door
from tests.service.gateway.peers import refusal

PANEL = f"/v1/staff/members/{MEMBER}/panel"


async def test_every_owner_is_asked_at_once_and_joined(door: Door) -> None:
    panel = (await door.call("GET", PANEL, "staff")).json()
    assert panel["missing"] == []
    assert panel["member"]["member_id"]
    assert all(
        panel[part] for part in ("standing", "wallet", "tags", "wishes", "timeline", "orders", "cart", "binding")
    )
    assert panel["wishes"][0]["available"] is not None
    asked = {call.method.rpartition("/")[2] for call in door.peers.calls}
    assert {"GetMember", "GetStanding", "ListOrders", "GetBinding", "GetAvailability"} <= asked


@pytest.mark.parametrize(
    ("verb", "owner", "part"),
    [
        ("ListOrders", "order", "orders"),
        ("GetBinding", "attribution", "binding"),
        ("GetCart", "order", "cart"),
        ("GetStanding", "member", "standing"),
    ],
)
async def test_an_owner_that_is_away_is_named_and_the_rest_is_shown(
    door: Door, verb: str, owner: str, part: str
) -> None:
    door.peers.answers[verb] = refusal("UNAVAILABLE", Code.UNAVAILABLE)
    panel = (await door.call("GET", PANEL, "staff")).json()
    assert panel["missing"] == [owner]
    assert not panel[part]
    assert panel["tags"]


async def test_shelves_that_nobody_tells_leave_wishes_standing(door: Door) -> None:
    door.peers.answers["GetAvailability"] = refusal("UNAVAILABLE", Code.UNAVAILABLE)
    panel = (await door.call("GET", PANEL, "staff")).json()
    assert panel["missing"] == ["inventory"]
    assert [wish["available"] for wish in panel["wishes"]] == [None] * len(panel["wishes"])


async def test_a_refusal_is_an_answer_and_an_unknown_member_a_refusal(door: Door) -> None:
    door.peers.answers["GetBinding"] = refusal("NOT_FOUND", Code.NOT_FOUND)
    panel = (await door.call("GET", PANEL, "staff")).json()
    assert (panel["binding"], panel["missing"]) == (None, [])
    door.peers.answers["GetMember"] = refusal("MEMBER_UNKNOWN", Code.NOT_FOUND)
    unknown = await door.call("GET", PANEL, "staff")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "MEMBER_UNKNOWN")


async def test_a_call_list_without_its_owner_is_empty_and_says_so(door: Door) -> None:
    door.peers.answers["ListCalls"] = refusal("UNAVAILABLE", Code.UNAVAILABLE)
    found = (await door.call("GET", "/v1/staff/calls", "staff")).json()
    assert found == {"entries": [], "missing": ["member"]}
