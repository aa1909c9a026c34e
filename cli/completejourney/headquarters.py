"""Headquarters' side of the suite, as a user of it: the services it may call, and its token."""

from collections.abc import Mapping
from dataclasses import dataclass

import grpc

from omo.attribution.v1 import attribution_service_pb2_grpc as attribution_rpc
from omo.audit.v1 import audit_service_pb2_grpc as audit_rpc
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc

DEADLINE = 30.0


@dataclass(frozen=True, slots=True)
class Headquarters:
    """Stubs for what an import and a proof need; every call carries `metadata` and a deadline."""

    catalogue: "catalogue_rpc.CatalogueServiceAsyncStub"
    identity: "identity_rpc.IdentityServiceAsyncStub"
    access: "access_rpc.AccessServiceAsyncStub"
    orders: "order_rpc.OrderServiceAsyncStub"
    sales: "sales_rpc.SalesServiceAsyncStub"
    panorama: "attribution_rpc.PanoramaServiceAsyncStub"
    audits: "Mapping[str, audit_rpc.AuditServiceAsyncStub]"
    token: str

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token}"),)

    @classmethod
    def over(cls, channels: Mapping[str, grpc.aio.Channel], token: str) -> "Headquarters":
        """Headquarters over one channel per service: member, order, inventory, attribution."""
        return cls(
            catalogue=catalogue_rpc.CatalogueServiceStub(channels["inventory"]),
            identity=identity_rpc.IdentityServiceStub(channels["member"]),
            access=access_rpc.AccessServiceStub(channels["member"]),
            orders=order_rpc.OrderServiceStub(channels["order"]),
            sales=sales_rpc.SalesServiceStub(channels["order"]),
            panorama=attribution_rpc.PanoramaServiceStub(channels["attribution"]),
            audits={name: audit_rpc.AuditServiceStub(channel) for name, channel in channels.items()},
            token=token,
        )
