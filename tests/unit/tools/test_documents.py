"""The generated pages hold what the contracts say."""

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.text_format import Parse

from omo.type.v1 import annotations_pb2
from tools import contracts, documents


def _contracts(reason: str, status: str) -> FileDescriptorSet:
    file = FileDescriptorProto(name="omo/order/v1/reason.proto", package="omo.order.v1")
    enum = file.enum_type.add(name="Reason")
    enum.value.add(name="REASON_UNSPECIFIED", number=0)
    value = enum.value.add(name=f"REASON_{reason}", number=1)
    value.options.Extensions[annotations_pb2.status] = status
    value.options.Extensions[annotations_pb2.advice] = "Choose | another."
    return FileDescriptorSet(file=[file])


def test_a_reason_is_told_with_both_statuses() -> None:
    page = documents.errors(_contracts("OUT_OF_STOCK", "NOT_FOUND"))
    assert "## Domain `omo.order`" in page
    assert "| `OUT_OF_STOCK` | NOT_FOUND | 404 | Choose \\| another. |" in page
    assert "UNSPECIFIED" not in page


def test_a_reason_with_an_unknown_status_is_refused() -> None:
    with pytest.raises(contracts.GenerationFailed, match=r"OUT_OF_STOCK needs a gRPC status, not 'SOLD_OUT'"):
        documents.errors(_contracts("OUT_OF_STOCK", "SOLD_OUT"))


def test_an_event_is_told_with_its_subject_and_comments() -> None:
    file = Parse(
        """
        name: "omo/order/v1/order_events.proto" package: "omo.order.v1"
        message_type {
          name: "OrderConfirmed"
          field { name: "meta" number: 1 type: TYPE_MESSAGE type_name: ".omo.type.v1.EventMeta" label: LABEL_OPTIONAL }
          field { name: "order_ids" number: 2 type: TYPE_STRING label: LABEL_REPEATED }
        }
        message_type { name: "NoEvent" }
        source_code_info {
          location { path: [4, 0] leading_comments: " The order\\n is a promise." }
          location { path: [4, 0, 2, 1] trailing_comments: " Which." }
        }
        """,
        FileDescriptorProto(),
    )
    page = documents.events(FileDescriptorSet(file=[file]))
    assert "## order: stream `OMO_ORDER`" in page
    assert "The order is a promise.\n\nSubject `omo.order.v1.OrderConfirmed.<p>`" in page
    assert "| 2 | `order_ids` | repeated string | Which. |" in page
    assert "NoEvent" not in page
