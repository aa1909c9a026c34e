"""Who may call what of a counter: visits, deliveries of store sales, rejected pickups, reservations to try on."""

from kit.access import Permissions, allow

_COUNTER = "/omo.order.v1.CounterService/"
_REROUTING = "/omo.order.v1.ReroutingService/"
_TRYOUTS = "/omo.order.v1.TryoutService/"

_AT_TILLS = allow(staff=True, device=True, service={"operator", "storelink"})
_STAFF = allow(staff=True, device=True, hq={"admin", "service"}, service={"operator"})
_EVERYBODY = allow(shop=True, staff=True, device=True, hq={"admin", "service"}, service={"operator"})

COUNTER: Permissions = {
    f"{_COUNTER}HoldDelivery": ("counter.hold", _AT_TILLS),
    f"{_COUNTER}ReleaseDelivery": ("counter.hold", _AT_TILLS),
    f"{_COUNTER}PayOutUndelivered": ("counter.pay_out", _STAFF),
    f"{_COUNTER}SettleVisit": ("counter.settle", allow(staff=True, device=True, service={"operator"})),
    f"{_COUNTER}GetVisit": ("counter.read", _STAFF),
    # who has the link need not be signed in: the token says which order, and until when
    f"{_REROUTING}GetPickupChoice": ("rerouting.read", allow(anonymous=True)),
    f"{_REROUTING}ChoosePickup": ("rerouting.choose", allow(anonymous=True)),
    f"{_REROUTING}GetPickupPolicy": ("rerouting.terms", allow(staff=True, hq=True, service={"operator"})),
    f"{_REROUTING}PutPickupPolicy": ("rerouting.write_terms", allow(hq={"admin"}, service={"operator"})),
    f"{_TRYOUTS}ReserveTryout": ("tryouts.reserve", _EVERYBODY),
    f"{_TRYOUTS}GetTryout": ("tryouts.read", _EVERYBODY),
    f"{_TRYOUTS}ListTryouts": ("tryouts.read", _EVERYBODY),
    f"{_TRYOUTS}ReadyTryout": ("tryouts.work", _STAFF),
    f"{_TRYOUTS}BeginTryout": ("tryouts.work", _STAFF),
    f"{_TRYOUTS}ReleaseTryout": ("tryouts.release", _EVERYBODY),
}
