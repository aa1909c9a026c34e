"""Names an unsafe request for replay, without keeping even a hash of what a person told us."""

from google.protobuf.message import Message

from kit.requests import Request
from services.member.vault import Vault


def asked(vault: Vault, rpc: str, message: Message, *hidden: str) -> Request:
    """The request as it is remembered; `hidden` fields enter its fingerprint as keyed hashes.

    A bare hash of a PIN or a phone number is the PIN or the number, to anybody with a minute to spare.
    """
    shown = type(message)()
    shown.CopyFrom(message)
    for field in hidden:
        setattr(shown, field, vault.digest("fingerprint", rpc, field, getattr(message, field)).hex())
    return Request.of(rpc, shown)
