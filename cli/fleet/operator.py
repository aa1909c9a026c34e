"""Acts as the operator, the account of whoever keeps the fleet: it may invite headquarters' first user, and prove."""

from collections.abc import Sequence

from kit.ids import uuid7
from omo.member.v1 import access_service_pb2 as pb
from omo.member.v1 import access_service_pb2_grpc as rpc

NAME = "operator"
_DEADLINE = 10.0


async def token(access: "rpc.AccessServiceAsyncStub", secret: str) -> str:
    """The operator's access token, by the secret that the home keeps."""
    asked = pb.IssueServiceTokenRequest(service=NAME, secret=secret)
    return (await access.IssueServiceToken(asked, timeout=_DEADLINE)).access_token


async def invite(
    access: "rpc.AccessServiceAsyncStub",
    secret: str,
    display_name: str,
    roles: Sequence[str],
    user_id: str = "",
) -> pb.InviteHqUserResponse:
    """Invites a user to headquarters (a new one, without `user_id`); the link works once and is shown only here."""
    as_operator = (("authorization", f"Bearer {await token(access, secret)}"),)
    asked = pb.InviteHqUserRequest(request_id=uuid7(), display_name=display_name, roles=roles, user_id=user_id)
    return await access.InviteHqUser(asked, metadata=as_operator, timeout=_DEADLINE)
