"""The hash of a key is the one that openssl makes."""

from pathlib import Path

import pytest

from analyzer.record.public_key import CertificateError, spki_hash

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBcDCCARWgAwIBAgIUEwglpWrmSpTjxK/dVrHi+O6zsKowCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAgFw0yNjExMjIwNzE4MzZaGA8yMTI2MTAyOTA3MTgzNlow
DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ0XWtjA3a08
JavQvnpNMniKUsYdKMHwHuhMGj0O50IgAQ4FjwH0cVy6GqYzkh/Uwt4yfGr1N9Eg
es+4NHuTjMujUzBRMB0GA1UdDgQWBBSqwouDi4ZaYAFC5wk5T/RLxj/ifDAfBgNV
HSMEGDAWgBSqwouDi4ZaYAFC5wk5T/RLxj/ifDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQCoIBXqRAArdIv/X+NkQ9OlnoPs4farMAqnjANiy4Q5
vgIhAP8Crgq2abEpgYrw0zz3UQ1gqmnBK1lCS66VbHsfvhhE
-----END CERTIFICATE-----
"""
SPKI = "YJJrm12CgeMaQZpZHMcswBA8nZudYwzowHkyAn9iLLY="
"""What ``openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64`` says."""


def test_the_key_hash_is_openssls(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(CERTIFICATE)

    assert spki_hash(path) == SPKI


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_missing_or_damaged_certificate_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(CertificateError, match=str(path)):
        spki_hash(path)
