"""Uploads a file of goods, waits for its rows to be checked or applied, and says what is wrong."""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import grpc

from cli import shown
from cli.fleet import operator, running
from cli.fleet.plan import service_secret
from cli.goods import reading
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from kit.ids import uuid7
from kit.rpc import faults
from omo.inventory.v1 import catalogue_import_service_pb2 as pb
from omo.inventory.v1 import catalogue_import_service_pb2_grpc as rpc
from omo.member.v1 import access_service_pb2_grpc as access_rpc

_DEADLINE = 30.0
_LOOK = 0.3
_SHOWN = 20


class Door:
    """A service of a fleet, as the operator may use it."""

    def __init__(self, stub: Any, token: str) -> None:
        self._stub = stub
        self._metadata = (("authorization", f"Bearer {token}"),)

    async def ask(self, verb: str, request: Any) -> Any:
        """One call; a refusal is told in its own words."""
        try:
            return await getattr(self._stub, verb)(request, metadata=self._metadata, timeout=_DEADLINE)
        except grpc.aio.AioRpcError as error:
            fault = faults.from_rpc(error, verb)
            raise Trouble(f"{fault.reason}: {fault.message}", "docs/errors.md tells what it means") from None


async def load(home: Home, file: Path, mapping: Path | None, errors: Path | None, *, kind: str, dry_run: bool) -> bool:
    """Loads a file through this home's running fleet; True when no row failed."""
    columns = reading.checked(file, mapping)
    found = running.find(home)
    async with grpc.aio.insecure_channel(found.processes["member"]) as member:
        token = await operator.token(access_rpc.AccessServiceStub(member), service_secret(home, operator.NAME))
    async with grpc.aio.insecure_channel(found.processes["inventory"]) as inventory:
        door = Door(rpc.ImportServiceStub(inventory), token)
        return await through(door, file, columns, errors, kind=kind, dry_run=dry_run)


async def through(
    door: Door, file: Path, columns: dict[str, str], errors: Path | None, *, kind: str = "PRODUCTS", dry_run: bool
) -> bool:
    """Uploads, runs and reports; True when no row failed."""
    form = pb.IMPORT_FORMAT_JSON_LINES if reading.is_json_lines(file) else pb.IMPORT_FORMAT_CSV
    what = pb.ImportKind.Value(f"IMPORT_KIND_{kind}")
    asked = pb.CreateImportRequest(request_id=uuid7(), kind=what, format=form, mapping=columns, file_name=file.name)
    job = (await door.ask("CreateImport", asked)).job
    for number, content in enumerate(reading.parts(file), 1):
        part = pb.UploadImportPartRequest(request_id=uuid7(), import_id=job.import_id, part_no=number, content=content)
        job = (await door.ask("UploadImportPart", part)).job
    shown.line(f"import {job.import_id}: {job.rows:,} rows in {job.parts:,} parts")
    begin = pb.StartImportRequest(request_id=uuid7(), import_id=job.import_id, dry_run=dry_run)
    await door.ask("StartImport", begin)
    job = await _ended(door, job.import_id)
    said = "would change" if dry_run else "changed"
    shown.line(f"{job.rows_done:,} rows, {job.rows_changed:,} {said} the catalogue, {job.rows_failed:,} failed")
    await _report(door, job.import_id, errors)
    return not job.rows_failed


async def _ended(door: Door, import_id: str) -> pb.Import:
    """Waits for the end; a job that goes on without us is none that we may give up."""
    done = -1
    while True:
        job: pb.Import = (await door.ask("GetImport", pb.GetImportRequest(import_id=import_id))).job
        if job.HasField("end_time"):
            return job
        if job.rows_done // 2_000 != done:
            done = job.rows_done // 2_000
            shown.line(f"  {job.rows_done:,} of {job.rows:,} rows")
        await asyncio.sleep(_LOOK)


async def _report(door: Door, import_id: str, errors: Path | None) -> None:
    """The first errors on the screen, all of them in the file."""
    number = 0
    with errors.open("w", encoding="utf-8-sig", newline="") if errors else nullcontext() as file:
        writer = csv.writer(file) if file else None
        if writer:
            writer.writerow(("row_no", "field", "rule", "value"))
        async for one in _errors(door, import_id):
            number += 1
            if writer:
                writer.writerow((one.row_no, one.field, one.rule, one.value))
            if number <= _SHOWN:
                shown.line(f"  row {one.row_no} {one.field}: {one.rule}".replace(" :", ":"))
            elif writer is None:
                shown.line("  and more: --errors FILE writes them all")
                return


async def _errors(door: Door, import_id: str) -> AsyncIterator[Any]:
    token = ""
    while True:
        request = pb.ListImportErrorsRequest(import_id=import_id, page_size=1_000, page_token=token)
        page = await door.ask("ListImportErrors", request)
        for one in page.errors:
            yield one
        if not (token := page.next_page_token):
            return
