"""The API's own description: OpenAPI 3.1 with an example of every call, and a page to read."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.http.description import examples, glossary, reading
from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking

router = APIRouter(route_class=Door, tags=["Operation"])
_work = ThreadPoolExecutor(1, "openapi")
_FILE = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"

_ABOUT = """One business out of a retail brand's shops and its online channels.

**Audiences.** `/v1/…` is for shoppers, `/v1/staff/…` for store staff, `/v1/hq/…` for headquarters. Each call says
which permission it needs; a token of one audience opens no call of another.

**Sign in.** Send `Authorization: Bearer <access token>`; it lives ten minutes. Cookies are not read.

**Idempotency.** Every unsafe call needs `Idempotency-Key` (1 to 255 printable ASCII characters) unless it says why not.
The same key with the same body answers the same for 72 hours, with `Idempotent-Replayed: true`; with another body 422;
while the first still runs 409. A call that got no answer is repeated with the same key.

**Money** is `{"currency": "TWD", "amount": 120}`: whole minor units (TWD has none, so 120 is NT$120). **Times** are
RFC 3339. **Ids** are lower-case text. Bodies with unknown fields are refused; answers may gain fields.

**Pages.** `page_size` up to 100 and `page_token`; the last page's `next_page_token` is null.

**Errors** are problem documents (RFC 9457): `type` is `urn:omo:reason:<REASON>`, see docs/errors.md; `errors` names
each field with its rule. 429 and 503 carry `Retry-After`. Give us five seconds before you stop waiting.
"""


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    found = get_openapi(
        title="OMO", version="1", openapi_version="3.1.0", description=_ABOUT, routes=list(app.router.routes)
    )
    examples.complete(found)
    glossary.tell(found)
    return found


def _kept_or_made(app: FastAPI) -> dict[str, Any]:
    """What a checkout has on file (a test keeps it fresh) costs a fiftieth of making it; an image makes it."""
    if _FILE.exists():
        found: dict[str, Any] = json.loads(_FILE.read_text())
        return found
    return document(app)


async def described(app: FastAPI) -> dict[str, Any]:
    """The same, made when somebody first asks: most processes are never asked.

    It is made once for all who ask meanwhile, and to its end, also when they
    have no time left: the next one who asks finds it.
    """
    if app.openapi_schema is not None:
        return app.openapi_schema
    if not hasattr(app.state, "describing"):
        app.state.describing = _work.submit(_kept_or_made, app)
    found: dict[str, Any] = await asyncio.shield(asyncio.wrap_future(app.state.describing))
    app.openapi_schema = found
    return found


@router.get("/openapi.json", operation_id="get_openapi", include_in_schema=False)
async def get_openapi_document(request: Request, ask: Asking) -> Response:  # noqa: ARG001
    """This description."""
    return asking.encoded(await described(request.app))


@router.get("/docs", operation_id="get_docs", include_in_schema=False)
async def get_docs(request: Request, ask: Asking) -> Response:  # noqa: ARG001
    """This description, for people."""
    return HTMLResponse(reading.page(await described(request.app)))
