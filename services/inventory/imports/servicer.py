"""Imports as gRPC."""

from typing import Any

import grpc

from kit.requests import Request
from omo.inventory.v1 import catalogue_import_service_pb2 as pb
from omo.inventory.v1 import catalogue_import_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.imports import wire
from services.inventory.imports.usecases import Imports

Context = grpc.aio.ServicerContext[Any, Any]


class ImportServicer(rpc.ImportServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    async def CreateImport(self, request: pb.CreateImportRequest, context: Context) -> pb.CreateImportResponse:
        return await self._imports.create(Request.of("CreateImport", request), *wire.created(request))

    async def UploadImportPart(
        self, request: pb.UploadImportPartRequest, context: Context
    ) -> pb.UploadImportPartResponse:
        import_id = fields.identifier("import_id", request.import_id)
        part_no = fields.between("part_no", request.part_no, 1, 100_000)
        return await self._imports.upload(Request.of("UploadImportPart", request), import_id, part_no, request.content)

    async def StartImport(self, request: pb.StartImportRequest, context: Context) -> pb.StartImportResponse:
        import_id = fields.identifier("import_id", request.import_id)
        return await self._imports.start(Request.of("StartImport", request), import_id, request.dry_run)

    async def GetImport(self, request: pb.GetImportRequest, context: Context) -> pb.GetImportResponse:
        found = await self._imports.get(fields.identifier("import_id", request.import_id))
        return pb.GetImportResponse(job=wire.message(found))

    async def ListImports(self, request: pb.ListImportsRequest, context: Context) -> pb.ListImportsResponse:
        found, more = await self._imports.page(request.page_size, request.page_token)
        return pb.ListImportsResponse(imports=map(wire.message, found), next_page_token=more)

    async def ListImportErrors(
        self, request: pb.ListImportErrorsRequest, context: Context
    ) -> pb.ListImportErrorsResponse:
        import_id = fields.identifier("import_id", request.import_id)
        found, more = await self._imports.problems(import_id, request.page_size, request.page_token)
        return pb.ListImportErrorsResponse(errors=map(wire.problem, found), next_page_token=more)
