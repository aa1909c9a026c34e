"""Who may call what of goods that are collected in stores."""

from kit.access import Permissions, allow

_PICKUPS = "/omo.order.v1.PickupService/"
_LEGS = "/omo.order.v1.LegService/"
_TRANSFERS = "/omo.order.v1.TransferService/"
_APPOINTMENTS = "/omo.order.v1.AppointmentService/"
_NO_SHOWS = "/omo.order.v1.NoShowService/"

_DOORS = {"gateway", "storelink"}
_READERS = {"admin", "service", "analyst"}
_AT_WORK = allow(staff=True, device=True, service={"operator", *_DOORS})
_SHOPPERS = allow(shop=True, hq={"admin", "service"}, service={"operator"})
_SEEN = allow(shop=True, staff=True, device=True, hq=_READERS, service={"operator"})
_COMING = allow(shop=True, staff=True, device=True, hq={"admin", "service"}, service={"operator"})

PICKUPS: Permissions = {
    f"{_PICKUPS}ShowPickupCode": ("pickups.prove", allow(shop=True)),
    f"{_PICKUPS}GetPickupCodeKeys": ("pickups.check", _AT_WORK),
    f"{_PICKUPS}NameProxy": ("pickups.name_proxy", _SHOPPERS),
    f"{_PICKUPS}RevokeProxy": ("pickups.name_proxy", _SHOPPERS),
    f"{_PICKUPS}ListProxies": ("pickups.read", _SEEN),
    f"{_PICKUPS}HandOverPart": ("fulfilment.hand_over", _AT_WORK),
    f"{_PICKUPS}GetAcknowledgement": ("pickups.read", _SEEN),
    f"{_LEGS}ListIncoming": ("fulfilment.read", allow(staff=True, device=True, hq=_READERS, service=True)),
    f"{_LEGS}DispatchLeg": ("fulfilment.work", _AT_WORK),
    f"{_LEGS}ReceiveLeg": ("fulfilment.work", _AT_WORK),
    f"{_TRANSFERS}RequestTransfer": ("fulfilment.work", _AT_WORK),
    f"{_TRANSFERS}CallOffTransfer": ("fulfilment.work", _AT_WORK),
    f"{_TRANSFERS}ListPickups": ("fulfilment.read", allow(staff=True, device=True, hq=_READERS, service=True)),
    # when a store receives somebody is what it writes on its door
    f"{_APPOINTMENTS}ListSlots": ("appointments.slots", _SEEN),
    f"{_APPOINTMENTS}BookAppointment": ("appointments.write", _COMING),
    f"{_APPOINTMENTS}MoveAppointment": ("appointments.write", _COMING),
    f"{_APPOINTMENTS}CancelAppointment": ("appointments.write", _COMING),
    f"{_APPOINTMENTS}ListAppointments": ("appointments.read", _SEEN),
    f"{_APPOINTMENTS}GetPickupHours": ("pickup_hours.read", _SEEN),
    f"{_APPOINTMENTS}PutPickupHours": (
        "pickup_hours.write",
        allow(staff={"manager"}, hq={"admin"}, service={"operator"}),
    ),
    # what shoppers agree to when they order
    f"{_NO_SHOWS}GetNoShowPolicy": ("noshow_policy.read", allow(anonymous=True)),
    f"{_NO_SHOWS}PutNoShowPolicy": ("noshow_policy.write", allow(hq={"admin"}, service={"operator"})),
    f"{_NO_SHOWS}GetPickupStanding": ("noshows.read", allow(shop=True, hq=_READERS, service={"operator"})),
    f"{_NO_SHOWS}ReturnToShelf": ("fulfilment.work", _AT_WORK),
    f"{_NO_SHOWS}AppealNoShow": ("noshows.appeal", _SHOPPERS),
    f"{_NO_SHOWS}ListAppeals": ("noshows.read", allow(hq=_READERS, service={"operator"})),
    f"{_NO_SHOWS}SettleAppeal": ("noshows.settle", allow(hq={"admin", "service"}, service={"operator"})),
}
