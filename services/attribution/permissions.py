"""Who may call attribution."""

from kit import audit
from kit.access import Permissions, allow

_PACKAGE = "/omo.attribution.v1"
_READERS = {"admin", "service", "analyst"}

PERMISSIONS: Permissions = {
    f"{_PACKAGE}.BindingService/CreateStaffToken": (
        "attribution.create_staff_token",
        allow(staff=True, hq={"admin"}),
    ),
    f"{_PACKAGE}.BindingService/BindMember": (
        "attribution.bind_member",
        allow(shop=True, staff=True, device=True),
    ),
    f"{_PACKAGE}.BindingService/GetBinding": (
        "attribution.get_binding",
        allow(shop=True, staff=True, hq=_READERS, device=True, service=True),
    ),
    f"{_PACKAGE}.CreditService/ListCredits": ("attribution.list_credits", allow(staff=True, hq=_READERS)),
    f"{_PACKAGE}.CreditService/ExplainLine": ("attribution.explain_line", allow(staff=True, hq=_READERS)),
    f"{_PACKAGE}.CreditService/DescribeUnits": (
        "attribution.describe_units",
        allow(staff=True, hq=_READERS, service=True),
    ),
    f"{_PACKAGE}.PanoramaService/GetPanorama": (
        "attribution.read_panorama",
        allow(hq={"admin", "analyst", "merchandiser"}, service={"operator"}),
    ),
    f"{_PACKAGE}.AttributionFactService/RecordAttribution": (
        "attribution.record_facts",
        # the store door speaks for the device, whose own token does not live as long as its stream
        allow(device=True, service={"storelink"}),
    ),
    **audit.PERMISSIONS,
}
