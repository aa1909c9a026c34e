"""The contracts keep the house's own rules on events, times, pages, amounts and comments."""

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from kit.errors import Code
from tests.contract import described
from tools import contracts, documents

META = ".omo.type.v1.EventMeta"
TIMESTAMP = ".google.protobuf.Timestamp"
FLOATING = {FieldDescriptorProto.TYPE_DOUBLE, FieldDescriptorProto.TYPE_FLOAT}


def _announces(message: described.Message) -> bool:
    return any(field.type_name == META for field in message.message.field)


def test_an_event_begins_with_its_meta_and_stands_among_events() -> None:
    events = [message for message in described.messages() if _announces(message)]
    assert events
    for event in events:
        first = min(event.message.field, key=lambda field: field.number)
        assert (first.number, first.name, first.type_name) == (1, "meta", META), event.name
        assert event.file.name.endswith("_events.proto"), event.name


def test_every_service_announces_something() -> None:
    owners = {message.name.split(".")[1] for message in described.messages() if _announces(message)}
    assert owners >= {"member", "order", "inventory"}


def test_a_time_says_so() -> None:
    wrong = [
        name for name, field in described.fields() if (field.type_name == TIMESTAMP) != field.name.endswith("_time")
    ]
    assert wrong == []


def test_no_amount_is_a_floating_number() -> None:
    assert [name for name, field in described.fields() if field.type in FLOATING] == []


def test_every_list_has_pages() -> None:
    shapes = {message.name: {field.name for field in message.message.field} for message in described.messages()}
    asked = [name for name, shape in shapes.items() if name.endswith("Request") and "page_token" in shape]
    assert asked
    for name in asked:
        assert "page_size" in shapes[name], name
        assert "next_page_token" in shapes[name.removesuffix("Request") + "Response"], name


def test_a_list_without_pages_resumes_by_version_or_number() -> None:
    shapes = {message.name: {field.name for field in message.message.field} for message in described.messages()}
    sized = {name for name, shape in shapes.items() if "page_size" in shape and "page_token" not in shape}
    assert [name for name in sized if not shapes[name] & {"after_version", "after_sequence"}] == []


def test_everything_that_can_be_called_states_its_promise() -> None:
    silent = [one.name for one in [*described.services(), *described.calls()] if not one.comment]
    assert silent == []


def test_every_event_states_its_promise() -> None:
    assert [one.name for one in described.messages() if _announces(one) and not one.comment] == []


def test_services_stand_in_files_of_their_own() -> None:
    assert [file.name for file in described.files() if bool(file.service) != file.name.endswith("_service.proto")] == []


def test_every_reason_has_a_status_and_an_advice() -> None:
    refusals = list(documents.refusals(contracts.describe()))
    assert {refusal.service for refusal in refusals} >= {"type", *documents.SERVICES}
    assert [f"{one.service}.{one.reason}" for one in refusals if one.status not in set(Code) or not one.advice] == []
    for service in documents.SERVICES:
        own = {one.reason for one in refusals if one.service == service}
        shared = {one.reason for one in refusals if one.service == "type"}
        assert own.isdisjoint(shared), service
