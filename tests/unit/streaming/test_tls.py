"""The TLS context is made once, and anew when a certificate is renewed."""

import os
from pathlib import Path

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
