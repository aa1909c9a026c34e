"""Reflection for developers' tools, loaded when somebody first asks: it costs a dozen megabytes."""

from collections.abc import Mapping, Sequence
from typing import Any

import grpc

_PREFIX = "/grpc.reflection."


class Reflection(grpc.GenericRpcHandler):
    """Answers for these services."""

    def __init__(self, services: Sequence[str]) -> None:
        self._services = services
        self._loaded: Any = None

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a reflection method; nothing for any other."""
        if not handler_call_details.method.startswith(_PREFIX):
            return None
        if self._loaded is None:
            self._load()
        return self._loaded.service(handler_call_details)

    def _load(self) -> None:
        from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc  # noqa: PLC0415

        servicer = reflection.aio.ReflectionServicer([*self._services, reflection.SERVICE_NAME])
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, self)

    def add_generic_rpc_handlers(self, handlers: Sequence[Any]) -> None:
        """Stands for the server, so that the generated function hands us its handler."""
        (self._loaded,) = handlers

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Any]) -> None:
        """The same handlers once more, by name; not needed."""
