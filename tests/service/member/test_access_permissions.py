"""Every call that this service answers, tried by everybody: the table of permissions, seen from the outside."""

from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory

from kit.access import decide
from kit.errors import Fault
from omo.audit.v1 import audit_service_pb2  # noqa: F401  # known to the pool by this
from services.member.permissions import PERMISSIONS
from tests.service.member.conftest import Member
from tests.service.member.test_guests import begin

_ANY = {"nobody", "shop", "cashier", "manager", "device", "admin", "merchandiser", "service", "analyst"}
_SERVICES = {"order", "inventory", "attribution", "gateway", "storelink", "operator"}
_ALL = _ANY | _SERVICES
_STAFF, _HQ = {"cashier", "manager"}, {"admin", "merchandiser", "service", "analyst"}

# who may, written down here a second time and by hand: a slip in the table must not be a slip in its test
MAY = {
    "AccessService/GetJwks": _ALL,
    "AccessService/IssueServiceToken": _ALL,
    "AccessService/RedeemHqInvite": _ALL,
    "AccessService/EnrolTerminal": _ALL,
    "AccessService/IssueDeviceToken": _ALL,
    "AccessService/RefreshSession": _ALL,
    "AccessService/EndSession": _ALL,
    "AccessService/InviteHqUser": {"admin", "operator"},
    "AccessService/RotateSigningKey": {"admin", "operator"},
    "AccessService/PutStaff": {"admin", "operator"},
    "AccessService/ListStaff": {"manager", "operator", "gateway", "storelink"} | _HQ,
    "AccessService/CreateTerminalCode": {"admin", "operator"},
    "AccessService/RevokeTerminal": {"admin", "operator"},
    "AccessService/ListTerminals": {"operator", "gateway", "storelink"} | _HQ,
    "AccessService/SignInStaff": {"device"},
    "IdentityService/RequestOtp": _ALL,
    "IdentityService/VerifyOtp": _ALL,
    "IdentityService/EnrolMember": {"admin", "service"} | _STAFF,
    "IdentityService/GetMember": {"shop", "admin", "service"} | _STAFF | _SERVICES,
    "IdentityService/FindMember": {"device", "admin", "service"} | _STAFF,
    "IdentityService/ImportMembers": {"admin", "operator"},
    "ContactService/Seal": {"shop", "admin", "service", "order"} | _STAFF,
    "ContactService/Reveal": {"shop", "admin", "service", "order"} | _STAFF,
    "PeopleFactService/RecordPeople": {"device", "gateway", "storelink"},
    "IdentifierService/ListIdentifiers": {"shop", "admin", "service"},
    "IdentifierService/AddIdentifier": {"shop", "admin", "service"} | _STAFF,
    "IdentifierService/RemoveIdentifier": {"shop", "admin", "service"},
    "IdentifierService/DisputeIdentifier": {"shop"} | _STAFF,
    "IdentifierService/RequestEmailProof": {"shop"},
    "IdentifierService/ProveEmail": {"shop"},
    "IdentifierService/FollowEmailLink": _ALL,
    "IdentifierService/ProvePhone": {"shop"},
    "IdentifierService/ListIdentifierRules": _HQ,
    "IdentifierService/PutIdentifierRule": {"admin", "operator"},
    "IdentifierService/ListIdentifierBlocks": _HQ,
    "IdentifierService/AddIdentifierBlock": {"admin", "service"},
    "IdentifierService/RemoveIdentifierBlock": {"admin", "service"},
    "SignInService/BeginLineLogin": _ALL,
    "SignInService/FinishLineLogin": _ALL,
    "SignInService/JoinByLine": _ALL,
    "SignInService/BeginPasskey": {"shop"},
    "SignInService/AddPasskey": {"shop"},
    "SignInService/ListPasskeys": {"shop", "admin", "service"},
    "SignInService/RemovePasskey": {"shop", "admin", "service"},
    "SignInService/BeginPasskeyLogin": _ALL,
    "SignInService/FinishPasskeyLogin": _ALL,
    "MemberCodeService/IssueMemberCode": {"shop"},
    "VisitService/RecordVisits": _ALL,
    "GuestService/BeginGuest": {"gateway"},
    "GuestService/ClaimGuests": {"shop"},
    "AuditService/Prove": {"admin", "analyst", "operator"},
    "AuditService/GetBacklog": {"admin", "analyst", "operator"},
    "AuditService/ListEventIds": {"admin", "analyst", "operator"},
    "AuditService/ListOpen": {"admin", "analyst", "operator"},
}
_DENIED = {"UNAUTHENTICATED", "PERMISSION_DENIED"}


async def everybody(member: Member) -> dict[str, str]:
    """A token of each; nobody has none."""
    _, _, device = await member.terminal()
    tokens = {"nobody": "", "device": device, "shop": (await member.login("0912345678")).session.access_token}
    for role in ("cashier", "manager"):
        await member.put_staff(role, roles=[role])
        tokens[role] = (await member.sign_in(device, role)).access_token
    for role in _HQ:
        tokens[role] = (await member.hq(role)).access_token
    # whom member lets in nowhere: not even where everybody may
    tokens["guest"] = (await begin(member, phone="0987654321")).access_token
    return tokens | {name: await member.service(name) for name in _SERVICES}


async def test_everybody_may_call_what_the_table_says_and_nothing_else(member: Member) -> None:
    tokens = await everybody(member)
    assert set(tokens) == _ALL | {"guest"}
    wrong = []
    for short, may in MAY.items():
        for who, token in tokens.items():
            denied = await is_denied(member, short, token)
            if denied == (who in may):
                wrong.append(f"{short}: {who} is {'denied' if denied else 'let in'}")
    assert not wrong, "\n".join(wrong)


async def is_denied(member: Member, short: str, token: str) -> bool:
    """An empty request: who may call is told which field is wrong, who may not is told nothing."""
    method, request = at(short)
    call: Any = member.channel.unary_unary(method, request_serializer=lambda it: it.SerializeToString())
    try:
        await member.call(call, request, token)
    except grpc.aio.AioRpcError as error:
        fault = member.fault(error)
        # a use case that refuses says which field it minds; the table says nothing of fields
        return fault.reason in _DENIED and "field" not in fault.metadata
    return False


def at(short: str) -> tuple[str, Any]:
    """The call's path, and an empty request."""
    service, verb = short.split("/")
    package = "omo.audit.v1" if service == "AuditService" else "omo.member.v1"
    described = descriptor_pool.Default().FindServiceByName(f"{package}.{service}").methods_by_name[verb]
    return f"/{package}.{service}/{verb}", message_factory.GetMessageClass(described.input_type)()


def test_every_permission_is_tried_here() -> None:
    mine = {short.partition("/")[0] for short in MAY}
    listed = {method.rpartition(".")[2] for method in PERMISSIONS}
    assert {short for short in listed if short.split("/")[0] in mine} == set(MAY)


async def test_what_the_table_does_not_hold_nobody_may(member: Member) -> None:
    principal = await member.principal((await member.hq("admin")).access_token)
    with pytest.raises(Fault) as refused:
        decide(PERMISSIONS, "/omo.member.v1.AccessService/Unheard", principal)
    assert refused.value.reason == "PERMISSION_DENIED"
