"""Finds a request's route among hundreds without trying them all."""

from collections import defaultdict
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

# of a path: what stands fixed before its first parameter, at most so much of it
_FIXED = 3

Key = tuple[int, tuple[str, ...]]


class Router(APIRouter):
    """Tries the routes whose number of segments and first segments are the path's, in the order in which they stand.

    A request of headquarters would be compared with five hundred paths
    otherwise. What is answered is what a router answers that holds those
    routes alone: of the others none can match, with this method or another.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        super().__init__(routes=list(routes), redirect_slashes=False)
        self._places: dict[Key, list[int]] = defaultdict(list)
        for place, route in enumerate(routes):
            self._places[_key_of(route.path)].append(place)
        self._few: dict[tuple[Key, ...], APIRouter] = {}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, by the few routes that may be its."""
        if scope["type"] == "http":
            await self._candidates(scope["path"]).app(scope, receive, send)
        else:
            await super().app(scope, receive, send)

    def _candidates(self, path: str) -> APIRouter:
        """A router of them; there are no more routers than prefixes that stand in the table."""
        segments = path.split("/")
        keys = [(len(segments), tuple(segments[1 : 1 + fixed])) for fixed in range(_FIXED + 1)]
        known = tuple(key for key in keys if key in self._places)
        if known not in self._few:
            places = sorted(place for key in known for place in self._places[key])
            self._few[known] = APIRouter(routes=[self.routes[place] for place in places], redirect_slashes=False)
        return self._few[known]


def _key_of(path: str) -> Key:
    """How many segments it has, and which of them stand fixed at its beginning."""
    if ":path}" in path:
        raise ValueError(f"{path}: a parameter of several segments cannot be found by their number")
    segments = path.split("/")
    fixed: list[str] = []
    for segment in segments[1 : 1 + _FIXED]:
        if "{" in segment:
            break
        fixed.append(segment)
    return len(segments), tuple(fixed)
