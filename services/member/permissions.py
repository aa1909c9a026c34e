"""Who may call what: one line per RPC, and what is not here nobody may."""

from kit import audit
from kit.access import Permissions, allow
from services.member.permissions_engagement import ENGAGEMENT
from services.member.permissions_profile import PRIVACY, PROFILE
from services.member.permissions_reach import REACH
from services.member.permissions_sign_in import RECOGNITION
from services.member.permissions_value import VALUE

_ACCESS = "/omo.member.v1.AccessService/"
_IDENTITY = "/omo.member.v1.IdentityService/"
_CONTACT = "/omo.member.v1.ContactService/"
_PEOPLE = "/omo.member.v1.PeopleFactService/"

_ANYBODY = allow(anonymous=True)
_ADMIN = allow(hq={"admin"}, service={"operator"})
_DOORS = {"gateway", "storelink"}

ACCESS: Permissions = {
    f"{_ACCESS}GetJwks": ("keys.read", _ANYBODY),
    # these prove something by what they carry: a secret, a code, a refresh token
    f"{_ACCESS}IssueServiceToken": ("services.sign_in", _ANYBODY),
    f"{_ACCESS}RedeemHqInvite": ("hq.sign_in", _ANYBODY),
    f"{_ACCESS}EnrolTerminal": ("terminals.enrol", _ANYBODY),
    f"{_ACCESS}IssueDeviceToken": ("terminals.sign_in", _ANYBODY),
    f"{_ACCESS}RefreshSession": ("sessions.refresh", _ANYBODY),
    f"{_ACCESS}EndSession": ("sessions.end", _ANYBODY),
    f"{_ACCESS}InviteHqUser": ("hq.invite", _ADMIN),
    f"{_ACCESS}RotateSigningKey": ("keys.rotate", _ADMIN),
    f"{_ACCESS}PutStaff": ("staff.write", _ADMIN),
    f"{_ACCESS}ListStaff": ("staff.read", allow(staff={"manager"}, hq=True, service={"operator", *_DOORS})),
    f"{_ACCESS}CreateTerminalCode": ("terminals.write", _ADMIN),
    f"{_ACCESS}RevokeTerminal": ("terminals.write", _ADMIN),
    f"{_ACCESS}ListTerminals": ("terminals.read", allow(hq=True, service={"operator", *_DOORS})),
    f"{_ACCESS}SignInStaff": ("staff.sign_in", allow(device=True)),
}

IDENTITY: Permissions = {
    f"{_IDENTITY}RequestOtp": ("login.begin", _ANYBODY),
    f"{_IDENTITY}VerifyOtp": ("login.prove", _ANYBODY),
    f"{_IDENTITY}EnrolMember": ("members.enrol", allow(staff=True, hq={"admin", "service"})),
    f"{_IDENTITY}GetMember": ("members.read", allow(shop=True, staff=True, hq={"admin", "service"}, service=True)),
    f"{_IDENTITY}FindMember": ("members.find", allow(staff=True, device=True, hq={"admin", "service"})),
    f"{_IDENTITY}ImportMembers": ("members.import", _ADMIN),
    f"{_CONTACT}Seal": ("contacts.seal", allow(shop=True, staff=True, hq={"admin", "service"}, service={"order"})),
    f"{_CONTACT}Reveal": (
        "contacts.reveal",
        allow(shop=True, staff=True, hq={"admin", "service"}, service={"order"}),
    ),
    f"{_PEOPLE}RecordPeople": ("facts.people", allow(device=True, service=_DOORS)),
}

_POINTS = "/omo.member.v1.PointsService/"
_TIERS = "/omo.member.v1.TierService/"
_WALLET = "/omo.member.v1.WalletService/"
_PROFILE = "/omo.member.v1.ProfileService/"
_DESK = {"admin", "service", "analyst"}

HOLDINGS: Permissions = {
    f"{_POINTS}GetStanding": ("points.read", allow(shop=True, staff=True, hq=_DESK, device=True, service=True)),
    f"{_POINTS}ListPointsEntries": ("points.read", allow(shop=True, staff=True, hq=_DESK)),
    f"{_POINTS}AdjustPoints": ("points.adjust", allow(hq={"admin", "service"})),
    f"{_POINTS}PutProgram": ("program.write", allow(hq={"admin", "merchandiser"}, service={"operator"})),
    f"{_POINTS}GetProgram": ("program.read", allow(shop=True, staff=True, hq=True, device=True, service=True)),
    f"{_POINTS}ListProgramVersions": ("program.read", allow(hq=True, service={"operator"})),
    f"{_POINTS}DescribeUnits": ("points.describe_units", allow(staff=True, hq=_DESK, service=True)),
    f"{_POINTS}ListLots": ("points.read", allow(shop=True, staff=True, hq=_DESK)),
    f"{_POINTS}ActivateLot": ("points.adjust", allow(hq={"admin", "service"})),
    f"{_POINTS}GetLiability": ("points.liability", allow(hq={"admin", "analyst"}, service={"operator"})),
    f"{_TIERS}ListTierChanges": ("tiers.read", allow(shop=True, staff=True, hq=_DESK)),
    f"{_TIERS}GrantTier": ("tiers.grant", allow(hq={"admin", "service"})),
    f"{_TIERS}EndTierGrant": ("tiers.grant", allow(hq={"admin", "service"})),
    f"{_TIERS}ImportTiers": ("tiers.import", allow(hq={"admin"}, service={"operator"})),
    # a checkout's own steps: whoever could release what his order holds would spend it twice
    # and a till's, for the sale that it makes
    f"{_WALLET}Hold": ("wallet.hold", allow(device=True, service={"order"})),
    f"{_WALLET}Release": ("wallet.release", allow(device=True, service={"order", "operator"})),
    f"{_WALLET}GetWallet": ("wallet.read", allow(shop=True, staff=True, hq=_DESK, device=True)),
    f"{_WALLET}ListWalletEntries": ("wallet.read", allow(shop=True, staff=True, hq=_DESK)),
    f"{_PROFILE}AddWish": ("wishes.write", allow(shop=True, staff=True)),
    f"{_PROFILE}RemoveWish": ("wishes.write", allow(shop=True, staff=True)),
    f"{_PROFILE}ListWishes": ("wishes.read", allow(shop=True, staff=True, hq={"admin", "service"})),
}

_MERGE = "/omo.member.v1.MergeService/"
_REVIEWS = "/omo.member.v1.PeopleReviewService/"
_HOUSEHOLD = "/omo.member.v1.HouseholdService/"
# who looks after members' identities: the service desk and the store's manager
_CARE = {"admin", "service"}

MERGING: Permissions = {
    f"{_MERGE}PreviewMerge": ("members.merge", allow(shop=True, staff={"manager"}, hq=_CARE)),
    f"{_MERGE}MergeMembers": ("members.merge", allow(shop=True, staff={"manager"}, hq=_CARE)),
    f"{_MERGE}ListMergeCandidates": ("members.merge", allow(shop=True, staff={"manager"}, hq=_CARE)),
    f"{_MERGE}ListMerges": ("members.unmerge", allow(staff={"manager"}, hq=_CARE)),
    f"{_MERGE}UndoMerge": ("members.unmerge", allow(hq=_CARE)),
    f"{_MERGE}DismissMergeCandidate": ("members.merge", allow(staff={"manager"}, hq=_CARE)),
    # each for himself: whoever shares a card says so with his own sign-in
    f"{_HOUSEHOLD}CreateHousehold": ("household.write", allow(shop=True)),
    f"{_HOUSEHOLD}InviteToHousehold": ("household.write", allow(shop=True)),
    f"{_HOUSEHOLD}JoinHousehold": ("household.write", allow(shop=True)),
    f"{_HOUSEHOLD}LeaveHousehold": ("household.write", allow(shop=True)),
    f"{_HOUSEHOLD}GetHousehold": ("household.read", allow(shop=True)),
    f"{_HOUSEHOLD}MoveHouseholdPoints": ("household.write", allow(shop=True)),
    f"{_MERGE}ListIdentityCases": ("members.cases", allow(hq=_CARE)),
    f"{_MERGE}CloseIdentityCase": ("members.cases", allow(hq=_CARE)),
    f"{_REVIEWS}ListPeopleReviews": ("people.review", allow(hq=_CARE)),
    f"{_REVIEWS}ClosePeopleReview": ("people.review", allow(hq=_CARE)),
    f"{_MERGE}ListValueFreezes": ("members.release_value", allow(hq=_CARE)),
    f"{_MERGE}ReleaseValue": ("members.release_value", allow(hq=_CARE)),
}

PERMISSIONS: Permissions = {
    **ACCESS,
    **IDENTITY,
    **HOLDINGS,
    **VALUE,
    **RECOGNITION,
    **PROFILE,
    **PRIVACY,
    **MERGING,
    **REACH,
    **ENGAGEMENT,
    **audit.PERMISSIONS,
}
