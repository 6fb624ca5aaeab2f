"""The hash by which Chromium is told to accept one key's certificates."""

import base64
import hashlib
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from analyzer.model import StreamscopeError


class CertificateError(StreamscopeError):
    """A certificate's file cannot be read as one."""


def spki_hash(certificate: Path) -> str:
    """Base64 of the SHA-256 of a PEM certificate's SubjectPublicKeyInfo (DER).

    The form of Chromium's ``--ignore-certificate-errors-spki-list``.
    """
    try:
        key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    except (OSError, ValueError) as error:
        raise CertificateError(f"{certificate}: not readable as a certificate: {error}") from error
    info = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(info).digest()).decode("ascii")
