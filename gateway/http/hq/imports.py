"""Headquarters: files of products, kits, prices and places, in parts, checked before they are applied."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http import csv_pages
from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq.stock import Actor
from gateway.http.shapes.fields import Asked, NextPage, PageSize, PageToken, Shown, Time, eg, kinds
from gateway.http.shapes.masters import Text
from omo.inventory.v1 import catalogue_import_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: catalogue"])

_IMPORT = "0199a5be-4d20-7a11-8c3d-1e2f3a4b5c6d"
ImportPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=[_IMPORT])]
_CSV = "row_no,field,rule,value\r\n7,barcodes,4006381333932 is no EAN-13: its check digit must be 1,4006381333932"
_FIELDS = (
    "Column to field; empty: columns are named as fields. Fields: product_id, sku (both needed), name, "
    "name.<language>, brand, categories, tags, title, option.<name>, barcodes, base_unit, scale, by_measure, "
    "tax_class, unit_cost, active, media_url. Components of kits: kit_sku, sku, quantity (0 takes a part out). "
    "Prices: price_list_id, sku, amount or removed; currency_code and tax_included of a new list. Locations: "
    "location_id, kind, name, name.<language>, groups, time_zone, address, pickup, ships, active, sellable, latitude, "
    "longitude, daily_order_capacity, franchise, web_orders_opt_in, listed_only. Lists are divided by `|`. What a row "
    "leaves empty "
    "stays as it is."
)


class CreateImport(Asked):
    """How a file is written, and what its columns mean."""

    kind: Annotated[
        Literal["PRODUCTS", "COMPONENTS", "PRICES", "LOCATIONS"], eg("PRODUCTS", "What the rows are about.")
    ] = "PRODUCTS"
    format: Annotated[Literal["CSV", "JSON_LINES"], eg("CSV")] = "CSV"
    mapping: Annotated[
        dict[str, Text],
        Field(max_length=100),
        eg({"Style": "product_id", "Article": "sku", "Name": "name", "EAN": "barcodes"}, _FIELDS),
    ] = {}
    file_name: Annotated[Text, eg("winter-2026.csv")] = ""


class UploadPart(Asked):
    """A part of the file that ends with a whole line; the first one of a CSV begins with the names of the columns."""

    part_no: Annotated[int, Field(strict=True, ge=1, le=100_000), eg(1)]
    content: Annotated[
        str,
        StringConstraints(min_length=1, max_length=512 * 1024, strip_whitespace=False),
        eg("Style,Article,Name,EAN\r\nSCARF-RED,SCARF-RED-1,Red scarf,4006381333931\r\n", "At most 512 KiB."),
    ]


class StartImport(Asked):
    """Whether the rows are checked only."""

    dry_run: Annotated[bool, eg(True)] = False


class Import(Shown):
    """A file on its way into the catalogue; the numbers are those of the run that is on or was last."""

    import_id: Annotated[str, eg(_IMPORT)]
    kind: Annotated[str | None, kinds(pb.ImportKind, "PRODUCTS", "What the rows are about.")]
    state: Annotated[str | None, kinds(pb.ImportState, "CHECKED")]
    format: Annotated[str | None, kinds(pb.ImportFormat, "CSV")]
    mapping: Annotated[dict[str, str], eg({"Style": "product_id", "Article": "sku"})]
    file_name: Annotated[str, eg("winter-2026.csv")]
    parts: Annotated[int, eg(1)]
    rows: Annotated[int, eg(1, "Rows uploaded.")]
    rows_done: Annotated[int, eg(1, "Rows looked at.")]
    rows_failed: Annotated[int, eg(0, "Rows with errors: they are left out.")]
    rows_changed: Annotated[int, eg(1, "Rows that changed the catalogue, or would.")]
    create_time: Time | None
    end_time: Annotated[Time | None, eg(None)]
    actor: Actor | None


class ImportAnswer(Shown):
    """One import."""

    job: Import


class ImportPage(Shown):
    """Imports, the newest first."""

    imports: list[Import]
    next_page_token: NextPage


class RowError(Shown):
    """What is wrong with a row."""

    row_no: Annotated[int, eg(7, "1 is the first row after the names of the columns.")]
    field: Annotated[str | None, eg("barcodes", "Null: the row as a whole.")]
    rule: Annotated[str, eg("4006381333932 is no EAN-13: its check digit must be 1")]
    value: Annotated[str, eg("4006381333932")]


class ImportErrorPage(Shown):
    """Errors in row order."""

    errors: list[RowError]
    next_page_token: NextPage


@router.post("/v1/hq/imports", operation_id="create_import", response_model=ImportAnswer, status_code=201)
async def create_import(body: CreateImport, ask: Asking) -> Response:
    """Opens an import with the meaning of its columns."""
    request = translation.fill(pb.CreateImportRequest(request_id=ask.key), body)
    return asking.answer(ImportAnswer, await ask(ask.to.imports.CreateImport, request), 201)


@router.post("/v1/hq/imports/{import_id}/parts", operation_id="upload_import_part", response_model=ImportAnswer)
async def upload_import_part(import_id: ImportPath, body: UploadPart, ask: Asking) -> Response:
    """Takes the next part of the file; a repeated part is taken once."""
    request = pb.UploadImportPartRequest(
        request_id=ask.key, import_id=import_id, part_no=body.part_no, content=body.content.encode()
    )
    return asking.answer(ImportAnswer, await ask(ask.to.imports.UploadImportPart, request))


@router.post("/v1/hq/imports/{import_id}/start", operation_id="start_import", response_model=ImportAnswer)
async def start_import(import_id: ImportPath, body: StartImport, ask: Asking) -> Response:
    """Checks every row, or checks and applies the file; ends later."""
    request = pb.StartImportRequest(request_id=ask.key, import_id=import_id, dry_run=body.dry_run)
    return asking.answer(ImportAnswer, await ask(ask.to.imports.StartImport, request))


@router.get("/v1/hq/imports", operation_id="list_imports", response_model=ImportPage)
async def list_imports(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Imports, the newest first."""
    reply = await ask(ask.to.imports.ListImports, pb.ListImportsRequest(page_size=page_size, page_token=page_token))
    return asking.page(Import, "imports", reply.imports, reply.next_page_token)


@router.get("/v1/hq/imports/{import_id}", operation_id="get_import", response_model=ImportAnswer)
async def get_import(import_id: ImportPath, ask: Asking) -> Response:
    """How far an import is."""
    return asking.answer(ImportAnswer, await ask(ask.to.imports.GetImport, pb.GetImportRequest(import_id=import_id)))


@router.get("/v1/hq/imports/{import_id}/errors", operation_id="list_import_errors", response_model=ImportErrorPage)
async def list_import_errors(
    import_id: ImportPath, ask: Asking, page_size: PageSize = 100, page_token: PageToken = ""
) -> Response:
    """Every error of every row, in row order."""
    request = pb.ListImportErrorsRequest(import_id=import_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.imports.ListImportErrors, request)
    return asking.page(RowError, "errors", reply.errors, reply.next_page_token)


@router.get(
    "/v1/hq/imports/{import_id}/errors.csv",
    operation_id="list_import_errors_csv",
    response_class=Response,
    responses=csv_pages.described(_CSV),
)
async def list_import_errors_csv(
    import_id: ImportPath,
    ask: Asking,
    page_size: Annotated[int, Query(ge=1, le=1_000, examples=[1_000])] = 1_000,
    page_token: PageToken = "",
) -> Response:
    """The error file: one page of the errors as CSV."""
    request = pb.ListImportErrorsRequest(import_id=import_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.imports.ListImportErrors, request)
    rows = ((one.row_no, one.field, one.rule, one.value) for one in reply.errors)
    return csv_pages.page(_CSV.partition("\r\n")[0].split(","), rows, reply.next_page_token)
