"""The HTTP application, put together."""

from collections.abc import Iterator
from types import ModuleType

from fastapi import FastAPI, status
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from gateway.http import (
    auth,
    availability,
    catalogue,
    contacts,
    documents,
    hq_access,
    hq_assortments,
    hq_availability,
    hq_catalogue,
    hq_counts,
    hq_figures,
    hq_imports,
    hq_lots,
    hq_members,
    hq_orders,
    hq_plan_policy,
    hq_plans,
    hq_prices,
    hq_shelves,
    hq_sourcing,
    hq_staff,
    hq_stock,
    hq_supply,
    hq_transfers,
    me,
    orders,
    problems,
    quotes,
    search,
    staff_counts,
    staff_credits,
    staff_lots,
    staff_members,
    staff_orders,
    staff_shelves,
    staff_sourcing,
    staff_supply,
    staff_tasks,
    staff_transfers,
    units,
    webhooks,
    wellknown,
)
from gateway.http.admission import Admission
from gateway.http.settings import Settings

# looked through in this order: what shoppers ask all day comes first
_ROUTES: tuple[ModuleType, ...] = (
    orders,
    quotes,
    availability,
    catalogue,
    search,
    me,
    auth,
    contacts,
    staff_members,
    staff_tasks,
    staff_orders,
    staff_sourcing,
    staff_transfers,
    staff_supply,
    staff_counts,
    staff_shelves,
    staff_lots,
    staff_credits,
    units,
    hq_access,
    hq_staff,
    hq_catalogue,
    hq_assortments,
    hq_availability,
    hq_prices,
    hq_imports,
    hq_stock,
    hq_transfers,
    hq_supply,
    hq_counts,
    hq_lots,
    hq_shelves,
    hq_sourcing,
    hq_plan_policy,
    hq_plans,
    hq_orders,
    hq_members,
    hq_figures,
    webhooks,
    wellknown,
    documents,
)


def build(admission: Admission | None, settings: Settings) -> FastAPI:
    """The application; without an admission it can describe itself, and nothing more."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.admission = admission
    for module in _ROUTES:
        # as they are: included routers are looked through anew at each request
        app.router.routes.extend(module.router.routes)
    for kind in (HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _rendered)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
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
