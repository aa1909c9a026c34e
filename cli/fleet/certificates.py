"""A certificate authority of this home, and the store door's certificate from it."""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cli.stack.home import Home, write_private

_AUTHORITY_DAYS = 3650
_DOOR_DAYS = 397
_RENEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM: what a till trusts, and what the door shows."""

    authority: Path
    door: Path
    door_key: Path


def issue(home: Home) -> Certificates:
    """The home's certificates: made at the first call, the door's made anew before it runs out."""
    folder = home.root / "tls"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    made = Certificates(folder / "ca.pem", folder / "door.pem", folder / "door.key")
    key_file = folder / "ca.key"
    if not made.authority.exists():
        _make_authority(made.authority, key_file)
    if not made.door.exists() or _ends_soon(made.door):
        _make_door(made, key_file)
    return made


def _make_authority(certificate: Path, key_file: Path) -> None:
    built, key = authority()
    _store(certificate, key_file, built, key)


def _make_door(made: Certificates, authority_key_file: Path) -> None:
    issuer = x509.load_pem_x509_certificate(made.authority.read_bytes())
    issuer_key = serialization.load_pem_private_key(authority_key_file.read_bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    _store(made.door, made.door_key, *door(issuer, issuer_key, ("localhost", "127.0.0.1")))


def authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A new authority: its certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OMO local authority")])
    built = (
        _builder(name, name, key.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return built, key


def door(
    issuer: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey, names: Iterable[str]
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A new certificate for the store door under these host names and addresses, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OMO store door")])
    built = (
        _builder(name, issuer.subject, key.public_key(), _DOOR_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(each) for each in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return built, key


def pem(certificate: x509.Certificate) -> str:
    """The certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def pem_of_key(key: ec.EllipticCurvePrivateKey) -> str:
    """The key as text, not encrypted."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _ends_soon(certificate: Path) -> bool:
    left = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return left < dt.datetime.now(dt.UTC) + dt.timedelta(days=_RENEW_DAYS)


def _store(certificate: Path, key_file: Path, built: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    write_private(key_file, pem_of_key(key))
    write_private(certificate, pem(built)).chmod(0o644)
