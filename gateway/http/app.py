"""The HTTP application, put together."""

from types import ModuleType

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from gateway.http import (
    auth,
    catalogue,
    contacts,
    documents,
    hq_access,
    hq_catalogue,
    hq_figures,
    hq_members,
    hq_orders,
    hq_stock,
    me,
    orders,
    problems,
    quotes,
    staff_credits,
    staff_members,
    staff_orders,
    staff_tasks,
    units,
    webhooks,
    wellknown,
)
from gateway.http.admission import Admission
from gateway.http.settings import Settings

_ROUTES: tuple[ModuleType, ...] = (
    wellknown,
    auth,
    me,
    catalogue,
    quotes,
    orders,
    contacts,
    staff_members,
    staff_tasks,
    staff_orders,
    staff_credits,
    units,
    hq_access,
    hq_catalogue,
    hq_stock,
    hq_orders,
    hq_members,
    hq_figures,
    webhooks,
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
    documents.describe(app)
    return app


async def _rendered(_: Request, error: Exception) -> Response:
    return problems.render(error)
