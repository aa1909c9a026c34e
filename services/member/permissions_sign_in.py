"""Who may call what of the ways in which members are recognised and sign in."""

from kit.access import Permissions, allow

_ANYBODY = allow(anonymous=True)
_ADMIN = allow(hq={"admin"}, service={"operator"})
_IDENTIFIERS = "/omo.member.v1.IdentifierService/"
_SIGN_IN = "/omo.member.v1.SignInService/"
_CARE = {"admin", "service"}

RECOGNITION: Permissions = {
    f"{_IDENTIFIERS}ListIdentifiers": ("identifiers.read", allow(shop=True, hq=_CARE)),
    f"{_IDENTIFIERS}AddIdentifier": ("identifiers.write", allow(shop=True, staff=True, hq=_CARE)),
    f"{_IDENTIFIERS}RemoveIdentifier": ("identifiers.write", allow(shop=True, hq=_CARE)),
    f"{_IDENTIFIERS}DisputeIdentifier": ("identifiers.dispute", allow(shop=True, staff=True)),
    f"{_IDENTIFIERS}RequestEmailProof": ("identifiers.prove", allow(shop=True)),
    f"{_IDENTIFIERS}ProveEmail": ("identifiers.prove", allow(shop=True)),
    f"{_IDENTIFIERS}FollowEmailLink": ("identifiers.follow", _ANYBODY),
    f"{_IDENTIFIERS}ProvePhone": ("identifiers.prove", allow(shop=True)),
    f"{_IDENTIFIERS}ListIdentifierRules": ("identifiers.rules", allow(hq=True)),
    f"{_IDENTIFIERS}PutIdentifierRule": ("identifiers.rule", _ADMIN),
    f"{_IDENTIFIERS}ListIdentifierBlocks": ("identifiers.rules", allow(hq=True)),
    f"{_IDENTIFIERS}AddIdentifierBlock": ("identifiers.rule", allow(hq=_CARE)),
    f"{_IDENTIFIERS}RemoveIdentifierBlock": ("identifiers.rule", allow(hq=_CARE)),
    f"{_SIGN_IN}BeginLineLogin": ("login.begin", _ANYBODY),
    f"{_SIGN_IN}FinishLineLogin": ("login.prove", allow(anonymous=True, shop=True)),
    f"{_SIGN_IN}JoinByLine": ("login.prove", _ANYBODY),
    f"{_SIGN_IN}BeginPasskey": ("passkeys.write", allow(shop=True)),
    f"{_SIGN_IN}AddPasskey": ("passkeys.write", allow(shop=True)),
    f"{_SIGN_IN}ListPasskeys": ("passkeys.read", allow(shop=True, hq=_CARE)),
    f"{_SIGN_IN}RemovePasskey": ("passkeys.write", allow(shop=True, hq=_CARE)),
    f"{_SIGN_IN}BeginPasskeyLogin": ("login.begin", _ANYBODY),
    f"{_SIGN_IN}FinishPasskeyLogin": ("login.prove", _ANYBODY),
    "/omo.member.v1.MemberCodeService/IssueMemberCode": ("codes.issue", allow(shop=True)),
    # the gateway says from where somebody asks
    "/omo.member.v1.GuestService/BeginGuest": ("guests.begin", allow(service={"gateway"})),
    "/omo.member.v1.GuestService/ClaimGuests": ("guests.claim", allow(shop=True)),
    "/omo.member.v1.VisitService/RecordVisits": ("visits.record", _ANYBODY),
}
