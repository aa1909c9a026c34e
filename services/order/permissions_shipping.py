"""Who may call what of sending."""

from kit.access import Permissions, allow

_SHIPPING = "/omo.order.v1.ShippingService/"
_CARE = "/omo.order.v1.FulfilmentCareService/"

_AT_WORK = allow(staff=True, device=True, hq={"admin", "service"}, service={"operator", "gateway", "storelink"})
_HQ = allow(hq={"admin", "service"}, service={"operator"})
_IN_CHARGE = allow(staff={"manager"}, hq={"admin", "service"}, service={"operator"})

SHIPPING: Permissions = {
    f"{_SHIPPING}StartPickList": ("shipping.work", _AT_WORK),
    f"{_SHIPPING}GetPickList": ("shipping.work", _AT_WORK),
    f"{_SHIPPING}PackFulfilment": ("shipping.work", _AT_WORK),
    f"{_SHIPPING}BookParcel": ("shipping.work", _AT_WORK),
    # it opens an address: who prints it is somebody
    f"{_SHIPPING}GetLabel": ("shipping.label", allow(staff=True, hq={"admin", "service"})),
    f"{_SHIPPING}ShipFulfilment": ("shipping.work", _AT_WORK),
    # the carrier signs what it says; it has no token of ours
    f"{_SHIPPING}RecordTracking": ("shipping.notify", allow(anonymous=True)),
    f"{_SHIPPING}GetShippingTerms": ("shipping.terms", allow(staff=True, hq=True, service={"operator"})),
    f"{_SHIPPING}PutShippingTerms": ("shipping.write", allow(hq={"admin"}, service={"operator"})),
    f"{_SHIPPING}GetShippingFees": ("shipping.fees", allow(staff=True, hq=True, service={"operator"})),
    f"{_SHIPPING}ListShippingFees": ("shipping.fees", allow(staff=True, hq=True, service={"operator"})),
    f"{_SHIPPING}PutShippingFees": ("shipping.write", allow(hq={"admin"}, service={"operator"})),
    f"{_CARE}HoldFulfilment": ("fulfilment.hold", _IN_CHARGE),
    f"{_CARE}ReleaseFulfilment": ("fulfilment.hold", _IN_CHARGE),
    f"{_CARE}SplitFulfilment": ("fulfilment.split", _AT_WORK),
    f"{_CARE}MergeFulfilments": ("fulfilment.split", _AT_WORK),
    f"{_CARE}MoveFulfilment": ("fulfilment.move", _HQ),
}
