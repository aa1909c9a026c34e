"""gRPC ignores an option whose name it does not know, so the names are looked up in its own library."""

from pathlib import Path
from typing import Any

import pytest
from grpc._cython import cygrpc  # type: ignore[attr-defined]

from kit.rpc import tuning
from omo_storelink import door

_OPTIONS = {
    **dict(tuning.client_options()),
    **dict(tuning.server_options(streaming=True)),
    **dict(tuning.server_options(streaming=False)),
    **dict(door._OPTIONS),
}
_LIBRARY = Path(cygrpc.__file__)


@pytest.mark.parametrize("name", sorted(_OPTIONS))
def test_grpc_knows_each_option(name: str) -> None:
    assert f"{name}\0".encode() in _LIBRARY.read_bytes()


def test_servers_allow_the_pings_that_clients_send() -> None:
    allowed = dict[str, Any](tuning.server_options(streaming=True))["grpc.http2.min_ping_interval_without_data_ms"]
    for client in (dict[str, Any](tuning.client_options()), dict[str, Any](door._OPTIONS)):
        assert allowed < client["grpc.keepalive_time_ms"]
