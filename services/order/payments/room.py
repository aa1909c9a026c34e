"""The parts of payments, put together."""

from collections.abc import Callable

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.order.v1.attention_service_pb2_grpc import add_AttentionServiceServicer_to_server
from omo.order.v1.payment_service_pb2_grpc import add_PaymentServiceServicer_to_server
from omo.order.v1.tender_service_pb2_grpc import add_TenderServiceServicer_to_server
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_saga import Saga
from services.order.payments.attention import AttentionDesk
from services.order.payments.counter import Counter
from services.order.payments.hearing import Hearing
from services.order.payments.linepay import LinePay
from services.order.payments.provider import Provider
from services.order.payments.servicer import PaymentServicer
from services.order.payments.servicer_people import AttentionServicer, TenderServicer
from services.order.payments.simulator import Simulator
from services.order.payments.splitting import Splits
from services.order.payments.store_notes import Notes
from services.order.payments.till import Till
from services.order.payments.usecases import GIVE_BACK, LET_GO, Payments
from services.order.settings import Settings


class PaymentRoom:
    """What the service's own composition asks for."""

    def __init__(self, settings: Settings, db: Database, clock: Clock) -> None:
        self._settings, self._db, self._clock = settings, db, clock
        self.simulator = Simulator(settings.simulator_url, settings.simulator_secret)
        self.providers = {one.name: one for one in self._configured()}
        self.payments = Payments(db, clock, self.providers)
        self.splits = Splits(db, clock, self.payments)
        self.till = Till(clock)

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        return {GIVE_BACK: Leased(self.payments.give_back_due), LET_GO: Leased(self.payments.let_go_due)}

    def serve_on(self, server: Server, orders: Orders, saga: Saga) -> None:
        """What it answers."""
        hearing = Hearing(self._db, self._clock, self.payments)
        desk = AttentionDesk(self._db, self._clock, orders, saga, self._settings.page_key.encode())
        server.add(add_PaymentServiceServicer_to_server, PaymentServicer(self.payments, hearing))
        server.add(add_AttentionServiceServicer_to_server, AttentionServicer(desk))
        server.add(add_TenderServiceServicer_to_server, TenderServicer(self._db, self.till))

    async def end(self) -> None:
        """Closes the way to the providers."""
        for one in self.providers.values():
            await one.close()

    def _configured(self) -> list[Provider]:
        told = self._settings
        wanted: list[tuple[bool, Callable[[], Provider]]] = [
            (told.pay_at_counter, Counter),
            (bool(told.simulator_url), lambda: self.simulator),
            (bool(told.stripe_key.get_secret_value()), lambda: _stripe(told)),
            (bool(told.linepay_channel_id), lambda: _linepay(told, self._db)),
        ]
        return [make() for configured, make in wanted if configured]


def _stripe(told: Settings) -> Provider:
    # its client is big: a process that has no key for it never loads it
    from services.order.payments.stripe import Stripe  # noqa: PLC0415

    key, secret = told.stripe_key.get_secret_value(), told.stripe_webhook_secret.get_secret_value()
    return Stripe(key, secret, told.stripe_url, told.currency)


def _linepay(told: Settings, db: Database) -> Provider:
    channel = (told.linepay_channel_id, told.linepay_channel_secret.get_secret_value())
    return LinePay(*channel, told.linepay_url, told.currency, Notes(db, LinePay.name))
