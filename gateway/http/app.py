"""The HTTP application, put together."""

from collections.abc import Iterator
from types import ModuleType

from fastapi import FastAPI, status
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from gateway.http import hq, problems, shop, staff, webhooks, wellknown
from gateway.http.description import documents
from gateway.http.door.admission import Admission
from gateway.http.door.routing import Router
from gateway.http.settings import Settings

_ROUTES: tuple[ModuleType, ...] = (*shop.ROUTES, *staff.ROUTES, *hq.ROUTES, webhooks, wellknown, documents)


def build(admission: Admission | None, settings: Settings) -> FastAPI:
    """The application; without an admission it can describe itself, and nothing more."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.admission = admission
    # as they are: included routers are looked through anew at each request
    app.router = Router([route for module in _ROUTES for route in module.router.routes])
    for kind in (HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _rendered)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Cart-Token"],
            expose_headers=["Idempotent-Replayed", "Retry-After", "X-Request-Id"],
        )
    return app


async def _rendered(request: Request, error: Exception) -> Response:
    response = problems.render(error)
    if response.status_code == status.HTTP_405_METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return response


def _allowed(request: Request) -> Iterator[str]:
    """Every method of the path: the router names those of the first route only."""
    for route in request.app.router.routes:
        if route.path_regex.match(request.scope["path"]):
            yield from route.methods
