"""What only one process is told: the keys it holds, the partners it has outside."""

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

from cli.fleet.plan import Plan, service_secret
from cli.stack.databases import SERVICES

# who may ask member for a token, and whose secret each shows
_SECRET_OF = {**{name: name for name in (*SERVICES, "gateway", "operator")}, "storelink": "gateway"}
_PROVIDER = "simulator"
_LOGIN_CHANNEL = "2001234567"
# where LINE Login sends browsers back to
LOGIN_PAGE = "https://shop.example/line"


def of(plan: Plan, name: str) -> dict[str, str]:
    """The OMO_ variables, without their prefix, that this process alone gets."""
    found = _OF.get(name)
    return found(plan) if found else {}


def _member(plan: Plan) -> dict[str, str]:
    secrets = {name: service_secret(plan.home, holder) for name, holder in _SECRET_OF.items()}
    return {
        "SERVICE_SECRETS": json.dumps(secrets),
        "KEY_ENCRYPTION_KEY": plan.home.secret("member-key-encryption-key", _key),
        "LOOKUP_KEY": plan.home.secret("member-lookup-key", _key),
        **_channels(plan),
    }


def _channels(plan: Plan) -> dict[str, str]:
    """Where somebody stands for the providers, members are written to through them."""
    if "messaging" not in plan.places or plan.profile == "production":
        return {}
    url = f"http://{plan.target('member', 'messaging')}"
    return {
        "LINE_CHANNEL_TOKEN": plan.home.secret("messaging-line-token"),
        "LINE_CHANNEL_SECRET": plan.home.secret("messaging-line"),
        "LINE_API_URL": url,
        "SMS_WEBHOOK_URL": f"{url}/sms",
        "SMS_WEBHOOK_SECRET": plan.home.secret("messaging-sms"),
        "LINE_LOGIN_ISSUER": f"{url}/line/login",
        **_login(plan),
        **_letters(plan),
        **_links(plan),
    }


def _login(plan: Plan) -> dict[str, str]:
    """The channel as LINE Login and member both know it; nothing answers at the page: who tries reads the address."""
    return {
        "LINE_LOGIN_CLIENT_ID": _LOGIN_CHANNEL,
        "LINE_LOGIN_CLIENT_SECRET": plan.home.secret("messaging-line-login"),
        "LINE_LOGIN_REDIRECTS": LOGIN_PAGE,
    }


def _letters(plan: Plan) -> dict[str, str]:
    """Where a mail server stands; without one, codes for e-mail addresses are printed as all codes are."""
    if "mail" not in plan.places:
        return {}
    host, _, port = plan.target("member", "mail").rpartition(":")
    return {"SMTP_HOST": host, "SMTP_PORT": port, "SMTP_SECURITY": "none", "MAIL_FROM": "hello@hikari.example"}


def _links(plan: Plan) -> dict[str, str]:
    """Links in messages lead to the front door."""
    if "gateway" not in plan.places:
        return {}
    door = f"http://{plan.target('member', 'gateway')}/v1/t"
    return {"MESSAGE_LINK_URL": door, "UNSUBSCRIBE_URL": door}


def _order(plan: Plan) -> dict[str, str]:
    told = {"PAGE_KEY": plan.home.secret("order-page-key"), "PIN_KEY": plan.home.secret("order-pin-key", _key)}
    if "payment" in plan.places:
        told["SIMULATOR_URL"] = f"http://{plan.target('order', 'payment')}"
        told["SIMULATOR_SECRET"] = plan.home.secret("payment-webhook")
    if "carrier" in plan.places:
        told["CARRIER_URL"] = f"http://{plan.target('order', 'carrier')}"
        told["CARRIER_SECRET"] = plan.home.secret("carrier-webhook")
    if "einvoice" in plan.places:
        told["EINVOICE_URL"] = f"http://{plan.target('order', 'einvoice')}"
    return told


def _attribution(plan: Plan) -> dict[str, str]:
    return {
        "PAGE_KEY": plan.home.secret("attribution-page-key"),
        "STAFF_TOKEN_SECRET": plan.home.secret("attribution-staff-token"),
    }


def _payment(plan: Plan) -> dict[str, str]:
    """The simulator keeps its book in the home, and tells the gateway what happened, as a provider would."""
    folder = plan.home.root / "payment"
    folder.mkdir(mode=0o700, exist_ok=True)
    told = {"STATE_FILE": str(folder / "book"), "WEBHOOK_SECRET": plan.home.secret("payment-webhook")}
    if "gateway" in plan.places:
        told["WEBHOOK_URL"] = f"http://{plan.target('payment', 'gateway')}/v1/webhooks/payments/{_PROVIDER}"
    return told


def _carrier(plan: Plan) -> dict[str, str]:
    """The simulator keeps its book in the home, and tells the gateway where parcels are, as a carrier would."""
    folder = plan.home.root / "carrier"
    folder.mkdir(mode=0o700, exist_ok=True)
    told = {"STATE_FILE": str(folder / "book"), "WEBHOOK_SECRET": plan.home.secret("carrier-webhook")}
    if "gateway" in plan.places:
        told["WEBHOOK_URL"] = f"http://{plan.target('carrier', 'gateway')}/v1/webhooks/carriers/{_PROVIDER}"
    return told


def _einvoice(plan: Plan) -> dict[str, str]:
    """The simulator keeps its book in the home, and tells nobody: who handed a document in asks."""
    folder = plan.home.root / "einvoice"
    folder.mkdir(mode=0o700, exist_ok=True)
    return {"STATE_FILE": str(folder / "book")}


def _messaging(plan: Plan) -> dict[str, str]:
    """The simulator keeps its book in the home, and tells the gateway what people write, as LINE would."""
    told = {
        "STATE_FILE": str(_messages(plan)),
        "LINE_TOKEN": plan.home.secret("messaging-line-token"),
        "LINE_SECRET": plan.home.secret("messaging-line"),
        "SMS_SECRET": plan.home.secret("messaging-sms"),
        **_login(plan),
    }
    if "gateway" in plan.places:
        told["WEBHOOK_URL"] = f"http://{plan.target('messaging', 'gateway')}/v1/webhooks/messages"
    return told


def _mail(plan: Plan) -> dict[str, str]:
    return {"STATE_FILE": str(_messages(plan))}


def _messages(plan: Plan) -> Path:
    folder = plan.home.root / "messaging"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / "book"


def _storelink(plan: Plan) -> dict[str, str]:
    return {
        "TLS_CERTIFICATE_FILE": str(plan.certificates.door),
        "TLS_KEY_FILE": str(plan.certificates.door_key),
    }


def _key() -> str:
    return token_hex(32)


_OF: dict[str, Callable[[Plan], dict[str, str]]] = {
    "member": _member,
    "order": _order,
    "attribution": _attribution,
    "payment": _payment,
    "carrier": _carrier,
    "einvoice": _einvoice,
    "messaging": _messaging,
    "mail": _mail,
    "storelink": _storelink,
}
