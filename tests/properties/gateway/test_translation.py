"""Messages as JSON, bodies as messages: by the names that both share."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.door import translation
from omo.type.v1 import channel_pb2


@given(st.integers(0, 7_258_118_400), st.integers(0, 999_999_999))
def test_a_time_is_told_to_the_millisecond(seconds: int, nanos: int) -> None:
    told = datetime.fromisoformat(translation.time(Timestamp(seconds=seconds, nanos=nanos)))
    assert told.tzinfo == UTC
    assert told == datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=nanos // 1_000_000)


@given(st.sampled_from(sorted(channel_pb2.ChannelKind.DESCRIPTOR.values_by_number)))
def test_short_names_lead_back(number: int) -> None:
    short = translation.names(channel_pb2.ChannelKind.DESCRIPTOR)[number]
    assert (short is None) == (number == 0)
    if short is not None:
        assert translation.number(channel_pb2.ChannelKind.DESCRIPTOR, short) == number
