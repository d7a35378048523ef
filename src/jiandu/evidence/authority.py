"""RFC 3161 time stamps: from the authority the setting names, else from a local *test* authority made at first use.

The local one proves nothing to a court: it shows that the chain works, and a province sets ``JIANDU_TIMESTAMP_URL`` and
``JIANDU_TIMESTAMP_CA`` to an accredited one. Its keys lie in ``<home>/evidence/authority``, mode 0600; certificates are made with
``cryptography``, replies by ``openssl ts`` (RFC 3161 section 2.4).
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm

from jiandu.errors import JianduError, ServiceUnavailable, SetupError
from jiandu.evidence import root
from jiandu.settings import settings

CONFIGURATION = """\
[tsa]
default_tsa = local
[local]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1.1
digests = sha256
accuracy = secs:1
ordering = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
CERTIFICATES_FROM = datetime(2020, 1, 1, tzinfo=UTC)


def stamp(data: bytes) -> bytes:
    """The authority's reply over ``data`` (DER). Raises ``ServiceUnavailable`` when it does not answer, ``SetupError`` without openssl."""
    query = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()
    reply = _ask(settings().timestamp_url, query) if settings().timestamp_url else _reply(query)
    stamped_at(reply, data)
    return reply


def stamped_at(reply: bytes, data: bytes, certificate: Path | None = None) -> datetime:
    """When the authority saw ``data``. Raises ``JianduError`` for a reply that is not its word on these bytes.

    ``certificate`` is that of the authority, where it is not the one of this side (evidence taken over in a bundle).
    """
    certificate = certificate or settings().timestamp_ca or _folder() / "ca.pem"
    try:
        roots = x509.load_pem_x509_certificates(certificate.read_bytes())
        decoded = decode_timestamp_response(reply)
        builder = VerifierBuilder()
        for one in roots:
            builder = builder.add_root_certificate(one)
        builder.build().verify_message(decoded, data)
    except (VerificationError, ValueError, OSError) as error:
        raise JianduError.at("time stamp", f"does not hold: {error}", f"it is checked against {certificate}") from error
    return decoded.tst_info.gen_time.astimezone(UTC)


def certificate() -> bytes:
    """The certificate replies are checked against (PEM); it travels with a bundle."""
    return (settings().timestamp_ca or _made() / "ca.pem").read_bytes()


def _ask(address: str, query: bytes) -> bytes:
    import httpx

    try:
        answer = httpx.post(address, content=query, headers={"Content-Type": "application/timestamp-query"}, timeout=30)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise ServiceUnavailable.at(address, f"the time-stamping authority does not answer: {error}", "repeat: jiandu evidence seal") from error
    return answer.content


def _reply(query: bytes) -> bytes:
    """The local authority's reply."""
    folder, openssl = _made(), shutil.which("openssl")
    if not openssl:
        raise SetupError.at("openssl", "not found; the local time-stamping authority needs it", "apt-get install openssl, or set JIANDU_TIMESTAMP_URL")
    with tempfile.TemporaryDirectory() as work:
        question, reply = Path(work) / "query.tsq", Path(work) / "reply.tsr"
        question.write_bytes(query)
        command = [openssl, "ts", "-reply", "-config", str(folder / "tsa.cnf"), "-queryfile", str(question), "-out", str(reply)]
        with (folder / "serial.lock").open("a") as lock:  # two crawls that end together must not get one serial number
            fcntl.flock(lock, fcntl.LOCK_EX)
            said = subprocess.run(command, capture_output=True, text=True, check=False)
        if said.returncode or not reply.is_file():
            raise SetupError.at("openssl ts", f"gave no reply: {said.stderr.strip()[-200:]}", f"see {folder}")
        return reply.read_bytes()


def _folder() -> Path:
    return root() / "authority"


def _made() -> Path:
    """The local authority's folder, made whole or not at all."""
    folder = _folder()
    if (folder / "signer.key").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".authority-", dir=folder.parent))  # mode 0700
    issuer_key, signer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _certificate("Jiandu local test authority", issuer_key, "Jiandu local test authority", issuer_key, signer=False)
    signer = _certificate("Jiandu local test time stamps", signer_key, "Jiandu local test authority", issuer_key, signer=True)
    for name, made in (("ca", issuer), ("signer", signer)):
        (fresh / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    _write_secret(fresh / "signer.key", signer_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption(),
    ))
    (fresh / "serial").write_text("01\n", "ascii")
    (fresh / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder), "utf-8")
    try:
        fresh.rename(folder)
    except OSError:  # another process made it first
        shutil.rmtree(fresh)
    return folder


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, signer: bool,
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    builder = (
        x509.CertificateBuilder().subject_name(names[0]).issuer_name(names[1]).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(CERTIFICATES_FROM).not_valid_after(CERTIFICATES_FROM + timedelta(days=365 * 40))
        .add_extension(x509.BasicConstraints(ca=not signer, path_length=None if signer else 0), critical=True)
    )
    if signer:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _write_secret(path: Path, text: bytes) -> None:
    """A file only its owner may read, from the first byte on."""
    path.touch(mode=0o600)
    path.write_bytes(text)
