"""A certificate authority of the user's own, in the user's data folder.

It is made on first use and never shipped: an authority that others have too is one that others can use. Name
constraints limit it to the vendors' domains and this machine, so that a client which trusts it can be deceived about
nothing else, even by somebody who gets hold of its key. It lives for two years, what it signs for thirty days and in
memory only.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import stat
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.errors import MockError
from mockserver.lru import LeastRecentlyUsed
from mockserver.tls.names import LOCAL_ADDRESSES, LOCAL_NAMES, domains, vendor_patterns

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

CERTIFICATE, KEY = "idmock-ca.pem", "idmock-ca-key.pem"
_AUTHORITY_DAYS = 730
_LEAF_DAYS = 30
#: Hosts whose certificate is remembered.
_CONTEXTS = 64
#: Certificates are valid a little before they are made: clocks of containers are often behind.
_BEFORE = datetime.timedelta(hours=1)
#: How long one process waits for another that makes the authority.
_WAIT_SECONDS = 3.0
_INSTALL = "certificates need two more packages: pip install 'idcard-mock[tls]'"


class TlsError(MockError):
    """Certificates cannot be had: one sentence that says why and what helps."""


@dataclass
class Authority:
    """An authority that was read or made. ``certificate_path`` is what clients are told to trust."""

    certificate_path: Path
    certificate: x509.Certificate
    _key: EllipticCurvePrivateKey = field(repr=False)
    #: By host; a vendor's domain has as many hosts as a client can think of.
    _contexts: LeastRecentlyUsed[str, ssl.SSLContext] = field(
        default_factory=lambda: LeastRecentlyUsed(_CONTEXTS), repr=False
    )

    def context(self, host: str) -> ssl.SSLContext:
        """What a server shows to a client that asks for a host; remembered."""
        return self._contexts.get(host, lambda: self._new_context(host))

    def _new_context(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The module takes files only; they are gone again at once.
        with tempfile.TemporaryDirectory(prefix="idmock-") as folder:
            certificate, key = self.write_leaf([host], Path(folder))
            context.load_cert_chain(certificate, key)
        return context

    def write_leaf(self, hosts: Iterable[str], folder: Path) -> tuple[Path, Path]:
        """A certificate for some hosts with its key, as two files in a folder that nobody else can read."""
        from cryptography.hazmat.primitives import serialization

        certificate, key = self._leaf(list(hosts))
        paths = folder / "leaf.pem", folder / "leaf-key.pem"
        chain = (certificate, self.certificate)
        paths[0].write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain))
        _write_private(paths[1], _pem(key))
        return paths

    def _leaf(self, hosts: list[str]) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID

        key = ec.generate_private_key(ec.SECP256R1())
        issuer_id = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = (
            _builder(hosts[0], self.certificate.subject, _LEAF_DAYS)
            .public_key(key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), False)
        )
        return builder.sign(self._key, hashes.SHA256()), key


def open_authority(folder: Path | None = None) -> Authority:
    """The authority in a folder, by default the user's own data folder; it is made when there is none.

    Raises TlsError when the packages are missing, when the folder or a file in it cannot be used, when its key may be
    read by others, and when the authority is over or was made before a vendor was added.
    """
    try:
        import cryptography  # noqa: F401
        import platformdirs
    except ImportError:
        raise TlsError(_INSTALL) from None
    folder = folder or Path(platformdirs.user_data_dir("idcard-mock", appauthor=False))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / CERTIFICATE).exists():
            _make_once(folder)
        return _read(folder)
    except OSError as error:
        raise TlsError(
            f"the certificate authority cannot be kept in {folder}: {error.strerror}; --tls-dir names another folder"
        ) from None


def permitted_domains() -> list[str]:
    """The domains for which an authority made now may sign."""
    return [*domains(p for patterns in vendor_patterns().values() for p in patterns), *LOCAL_NAMES]


def _make_once(folder: Path) -> None:
    """Make an authority, or wait for another process that is making it: the key's file is the lock."""
    try:
        _make(folder)
    except FileExistsError:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not (folder / CERTIFICATE).exists() and time.monotonic() < deadline:
            time.sleep(0.01)


def _make(folder: Path) -> None:
    """Make an authority; its key is on the disk, readable by its owner only, before its certificate is."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("idcard-mock authority of this user")
    networks = [ipaddress.ip_network(address) for address in LOCAL_ADDRESSES]
    permitted = [
        *(x509.DNSName(domain) for domain in permitted_domains()),
        *(x509.IPAddress(network) for network in networks),
    ]
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(None, subject, _AUTHORITY_DAYS)
        .subject_name(subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(usage, True)
        .add_extension(x509.NameConstraints(permitted, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    _write_private(folder / KEY, _pem(key))
    partial = folder / f"{CERTIFICATE}.partial"
    partial.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    partial.replace(folder / CERTIFICATE)


def _read(folder: Path) -> Authority:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    again = f"remove both files from {folder}, and the next start makes a new authority"
    _refuse_readable_by_others(folder / KEY)
    try:
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except (ValueError, TypeError, FileNotFoundError, x509.ExtensionNotFound) as error:
        raise TlsError(f"the certificate authority cannot be read: {error}; {again}") from None
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise TlsError(f"{KEY} is not the key of {CERTIFICATE}; {again}")
    if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        raise TlsError(
            f"the certificate authority is over since {certificate.not_valid_after_utc:%Y-%m-%d}; {again}"
        )
    known = {n.value for n in constraints.permitted_subtrees or () if isinstance(n, x509.DNSName)}
    if missing := [domain for domain in permitted_domains() if domain not in known]:
        raise TlsError(f"the certificate authority was made without {', '.join(missing)}; {again}")
    return Authority(folder / CERTIFICATE, certificate, key)


def _refuse_readable_by_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        raise TlsError(f"{path} may be read by others (mode {mode:o}): chmod 600 it, or remove both files")


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that was its owner's alone from the moment it existed."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _builder(subject: str | None, issuer: x509.Name, days: int) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + datetime.timedelta(days=days))
    )
    return builder if subject is None else builder.subject_name(_name(subject[:64]))


def _name(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
