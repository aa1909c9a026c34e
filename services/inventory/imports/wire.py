"""Import requests, and imports as the API shows them."""

from omo.inventory.v1 import catalogue_import_service_pb2 as pb
from services.inventory import wire as fields
from services.inventory.imports import domain, domain_tables
from services.inventory.imports.domain import Import, Problem


def created(request: pb.CreateImportRequest) -> tuple[str, str, dict[str, str], str]:
    """Kind, format, mapping and file name."""
    kind = fields.choice("kind", pb.ImportKind, request.kind, "IMPORT_KIND_").replace("UNSPECIFIED", "PRODUCTS")
    form = fields.choice("format", pb.ImportFormat, request.format, "IMPORT_FORMAT_")
    mapping = {
        fields.text("mapping", column, 200, empty=False): fields.text(f"mapping[{column}]", name, 100, empty=False)
        for column, name in request.mapping.items()
    }
    if kind == "PRODUCTS":
        domain.check_mapping(mapping)
    else:
        domain_tables.check_mapping(kind, mapping)
    return kind, "CSV" if form == "UNSPECIFIED" else form, mapping, fields.text("file_name", request.file_name, 200)


def message(given: Import) -> pb.Import:
    found = pb.Import(
        import_id=given.import_id,
        kind=pb.ImportKind.Value(f"IMPORT_KIND_{given.kind}"),
        state=pb.ImportState.Value(f"IMPORT_STATE_{given.state}"),
        format=pb.ImportFormat.Value(f"IMPORT_FORMAT_{given.format}"),
        mapping=given.mapping,
        file_name=given.file_name,
        parts=given.parts,
        rows=given.rows,
        rows_done=given.rows_done,
        rows_failed=given.rows_failed,
        rows_changed=given.rows_changed,
        create_time=fields.timestamp(given.create_time),
        actor=fields.actor(given.actor_kind, given.actor_id, given.actor_terminal_id),
    )
    if given.end_time:
        found.end_time.CopyFrom(fields.timestamp(given.end_time))
    return found


def problem(given: Problem) -> pb.ImportError:
    return pb.ImportError(row_no=given.row_no, field=given.field, rule=given.rule, value=given.value)
