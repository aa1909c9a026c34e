"""Appointments as gRPC."""

from datetime import datetime
from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import appointment_service_pb2 as pb
from omo.order.v1 import appointment_service_pb2_grpc as rpc
from services.order.appointments import wire
from services.order.appointments.usecases import Appointments


class AppointmentServicer(rpc.AppointmentServiceServicer):
    """AppointmentService: unwrap, call one use case, wrap."""

    def __init__(self, appointments: Appointments) -> None:
        self._appointments = appointments

    async def ListSlots(self, request: pb.ListSlotsRequest, context: Any) -> pb.ListSlotsResponse:
        place = fields.code("location_id", request.location_id)
        return await self._appointments.slots(place, wire.day(request.day), _staff(request))

    async def BookAppointment(self, request: pb.BookAppointmentRequest, context: Any) -> pb.BookAppointmentResponse:
        asked = Request.of("AppointmentService/BookAppointment", request)
        fulfilment_id = fields.identifier("fulfilment_id", request.fulfilment_id)
        return await self._appointments.book(asked, fulfilment_id, _start(request), _staff(request))

    async def MoveAppointment(self, request: pb.MoveAppointmentRequest, context: Any) -> pb.MoveAppointmentResponse:
        asked = Request.of("AppointmentService/MoveAppointment", request)
        return await self._appointments.move(asked, _id(request), _start(request), _staff(request))

    async def CancelAppointment(
        self, request: pb.CancelAppointmentRequest, context: Any
    ) -> pb.CancelAppointmentResponse:
        asked = Request.of("AppointmentService/CancelAppointment", request)
        return await self._appointments.cancel(asked, _id(request))

    async def ListAppointments(self, request: pb.ListAppointmentsRequest, context: Any) -> pb.ListAppointmentsResponse:
        day = wire.day(request.day) if request.day else None
        return await self._appointments.page(request.location_id, day, _staff(request))

    async def GetPickupHours(self, request: pb.GetPickupHoursRequest, context: Any) -> pb.GetPickupHoursResponse:
        place = fields.code("location_id", request.location_id)
        return pb.GetPickupHoursResponse(hours=await self._appointments.hours(place))

    async def PutPickupHours(self, request: pb.PutPickupHoursRequest, context: Any) -> pb.PutPickupHoursResponse:
        asked = Request.of("AppointmentService/PutPickupHours", request)
        return await self._appointments.put_hours(asked, wire.hours(request.hours))


def _id(request: Any) -> str:
    return fields.identifier("appointment_id", request.appointment_id)


def _staff(request: Any) -> str:
    return fields.code("staff_code", request.staff_code) if request.staff_code else ""


def _start(request: Any) -> datetime:
    return fields.moment(request.start_time, "start_time")
