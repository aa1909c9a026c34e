"""A door without TLS is for developers and tests only."""

import pytest

from gateway.storelink.permissions import PERMISSIONS
from gateway.storelink.settings import Settings
from kit import settings
from omo.order.v1 import counter_service_pb2, transfer_service_pb2, tryout_service_pb2
from omo.storelink.v1 import storelink_service_pb2, till_service_pb2
from tests.house import readmes
from tests.house.tree import ROOT

PAIR = {"OMO_TLS_CERTIFICATE": "pem", "OMO_TLS_KEY": "pem"}


@pytest.mark.parametrize("env", ["development", "test"])
def test_tls_may_be_off_for_developers_and_tests(env: str) -> None:
    assert settings.read(Settings, {"OMO_ENV": env, "OMO_TLS": "off"}).tls == "off"


@pytest.mark.parametrize("env", ["production", "demo"])
def test_tls_may_not_be_off_where_people_are(env: str) -> None:
    told = {"OMO_ENV": env, "OMO_TLS": "off", "OMO_SERVICE_SECRET": "a-long-secret-of-its-own"}
    with pytest.raises(settings.SettingsRefused, match="OMO_TLS is off"):
        settings.read(Settings, told)


def test_a_door_with_tls_names_certificate_and_key() -> None:
    with pytest.raises(settings.SettingsRefused, match="OMO_TLS_CERTIFICATE_FILE"):
        settings.read(Settings, {"OMO_ENV": "test"})
    assert settings.read(Settings, {"OMO_ENV": "test", **PAIR}).tls == "on"


def test_the_key_is_not_shown() -> None:
    told = settings.read(Settings, {"OMO_ENV": "test", "OMO_TLS_CERTIFICATE": "c", "OMO_TLS_KEY": "hidden-key"})
    assert "hidden-key" not in repr(told)


def test_every_rpc_of_the_door_has_a_permission() -> None:
    services = (
        storelink_service_pb2.DESCRIPTOR.services_by_name["StoreLinkService"],
        till_service_pb2.DESCRIPTOR.services_by_name["TillService"],
        counter_service_pb2.DESCRIPTOR.services_by_name["CounterService"],
        transfer_service_pb2.DESCRIPTOR.services_by_name["TransferService"],
        tryout_service_pb2.DESCRIPTOR.services_by_name["TryoutService"],
    )
    promised = {f"/{each.full_name}/{method.name}" for each in services for method in each.methods}
    assert promised == set(PERMISSIONS)


def test_the_page_of_the_door_names_tests_that_exist() -> None:
    page = (ROOT / "gateway/storelink/README.md").read_text()
    assert readmes.broken_rows("storelink", page, ROOT) == []
