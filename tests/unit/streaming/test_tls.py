"""The TLS context is made once, and takes a renewed certificate up."""

import os
import shutil
import ssl
from pathlib import Path

import pytest

from stream_service.streaming.client.tls import TlsFiles
from tests.support.certificates import Authority


def test_a_context_lasts_until_a_file_changes(tmp_path: Path) -> None:
    authority = Authority.new(tmp_path, "authority")
    certificate = authority.client("worker")
    files = TlsFiles(ca=authority.file, certificate=certificate)
    first = files.context()
    assert files.context() is first
    assert TlsFiles(ca=authority.file, certificate=certificate).context() is first
    renewed = certificate.stat().st_mtime_ns + 1_000_000
    os.utime(certificate, ns=(renewed, renewed))
    assert files.context() is not first
    assert TlsFiles(ca=authority.file).context() is not first


def test_a_certificate_that_is_renewed_is_shown_by_the_next_connection(tmp_path: Path) -> None:
    """A client keeps its context, and may run for longer than a certificate is valid."""
    authority = Authority.new(tmp_path, "authority")
    file = tmp_path / "ours.pem"
    shutil.copy(authority.client("worker", expired=True), file)
    context = TlsFiles(ca=authority.file, certificate=file).context()
    with pytest.raises(ssl.SSLError):
        shown(context, authority)
    renew(file, authority.client("worker"))
    assert shown(context, authority) == "worker"


def test_one_that_is_written_by_half_puts_out_none(tmp_path: Path) -> None:
    authority = Authority.new(tmp_path, "authority")
    old, new = authority.client("old"), authority.client("new")
    certificate, key = tmp_path / "ours.pem", tmp_path / "ours.key"
    for file in (certificate, key):
        shutil.copy(old, file)
    context = TlsFiles(ca=authority.file, certificate=certificate, key=key).context()
    renew(certificate, new)
    assert shown(context, authority) == "old"
    key.unlink()
    assert shown(context, authority) == "old"
    shutil.copy(new, key)
    assert shown(context, authority) == "new"


def test_a_broker_of_another_authority_is_trusted_once_that_is_in_the_file(tmp_path: Path) -> None:
    old, new = Authority.new(tmp_path, "old"), Authority.new(tmp_path, "new")
    trusted = tmp_path / "trusted.pem"
    shutil.copy(old.file, trusted)
    context = TlsFiles(ca=trusted, certificate=new.client("worker")).context()
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(context, new)
    trusted.write_bytes(old.file.read_bytes() + new.file.read_bytes())
    assert shown(context, new) == "worker"


def renew(file: Path, by: Path) -> None:
    shutil.copy(by, file)
    # Not within the file system's resolution of the one before.
    written = file.stat().st_mtime_ns + 1_000_000
    os.utime(file, ns=(written, written))


def shown(context: ssl.SSLContext, authority: Authority) -> str:
    """The common name that a broker of ``authority`` sees; raises what stands in the way."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(authority.server("broker"))
    server.load_verify_locations(authority.file)
    server.verify_mode = ssl.CERT_REQUIRED
    to_broker, to_us = ssl.MemoryBIO(), ssl.MemoryBIO()
    broker = server.wrap_bio(to_broker, to_us, server_side=True)
    ours = context.wrap_bio(to_us, to_broker, server_hostname="broker")
    for _ in range(3):
        for side in (ours, broker):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    seen = broker.getpeercert()
    assert seen is not None
    [name] = [value for part in seen["subject"] for key, value in part if key == "commonName"]
    return name
