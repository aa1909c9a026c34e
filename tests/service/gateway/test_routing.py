"""A request finds the same route by its few candidates as by trying all, and the same refusal."""

from collections import defaultdict
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Match

from gateway.http.door.routing import Router
from tests.service.gateway.conftest import described

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")


def routes() -> list[Any]:
    return list(described().router.routes)


def paths() -> set[str]:
    """Every path with values in it; for its last parameter also what stands fixed there in other paths."""
    standing = defaultdict(set)
    for route in routes():
        segments = route.path.split("/")
        for place, segment in enumerate(segments):
            standing[len(segments), place].add("x" if "{" in segment else segment)
    found = set()
    for route in routes():
        segments = ["x" if "{" in segment else segment for segment in route.path.split("/")]
        found.add("/".join(segments))
        if "x" in segments:
            last = len(segments) - 1 - segments[::-1].index("x")
            among = sorted(standing[len(segments), last])[:8]
            found |= {"/".join([*segments[:last], value, *segments[last + 1 :]]) for value in among}
    return found


def first(among: list[Any], method: str, path: str) -> tuple[Any, Any]:
    """The route that takes it, and the first that has the path."""
    scope = {"type": "http", "method": method, "path": path}
    found = [(route, route.matches(dict(scope))[0]) for route in among]
    full = next((route for route, match in found if match is Match.FULL), None)
    return full, next((route for route, match in found if match is not Match.NONE), None)


def test_few_candidates_decide_as_all_routes_do() -> None:
    every = routes()
    router = Router(every)
    for number, path in enumerate(sorted(paths())):
        method = METHODS[number % len(METHODS)]
        few = list(router._candidates(path).routes)
        assert first(few, method, path) == first(every, method, path), (method, path)
        assert len(few) < 60


@pytest.mark.parametrize(
    "path", ["", "/", "//", "/v1", "/v1/orders/", "/v1/nothing/at/all", "/V1/orders", "/v1/orders/a/b/c/d"]
)
def test_what_no_route_has_is_nobodys(path: str) -> None:
    assert first(list(Router(routes())._candidates(path).routes), "GET", path) == (None, None)


def test_paths_that_nobody_knows_fill_no_memory() -> None:
    router = Router(routes())
    for number in range(1000):
        router._candidates(f"/v1/{number}/{number}")
    assert len(router._few) < 10


async def test_the_first_that_stands_wins_and_a_wrong_method_is_told() -> None:
    told = APIRouter()
    for method, path in (("GET", "/a/{one}"), ("GET", "/a/b"), ("PUT", "/a/b"), ("GET", "/{any}/b/c")):
        told.add_api_route(path, lambda name=f"{method} {path}": name, methods=[method])
    app = FastAPI()
    app.router = Router(told.routes)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        asked = [("GET", "/a/b"), ("PUT", "/a/b"), ("GET", "/x/b/c"), ("POST", "/a/b"), ("GET", "/a/b/d")]
        answers = [await client.request(method, path) for method, path in asked]
    assert [one.status_code for one in answers] == [200, 200, 200, 405, 404]
    assert [one.json() for one in answers[:3]] == ["GET /a/{one}", "PUT /a/b", "GET /{any}/b/c"]


def test_a_parameter_of_many_segments_is_refused() -> None:
    told = APIRouter()
    told.add_api_route("/files/{name:path}", lambda name: name)
    with pytest.raises(ValueError, match="several segments"):
        Router(told.routes)  # type: ignore[arg-type]
