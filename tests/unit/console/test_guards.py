"""Addresses, rates and cursors, without a database."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any, cast

import pytest

from stream_service.console.access.authenticating import (
    AccessOptions,
    Authenticator,
    refuse_unsafe_address,
)
from stream_service.console.errors import UnsafeAddress
from stream_service.console.gateway.rate import RateLimit


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    refuse_unsafe_address(host, AccessOptions())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.1.2.3", "console.example"])  # noqa: S104
def test_other_addresses_are_refused_without_tokens(host: str) -> None:
    with pytest.raises(UnsafeAddress, match=r"console\.authentication=tokens"):
        refuse_unsafe_address(host, AccessOptions(proxy_header="x-user"))
    refuse_unsafe_address(host, AccessOptions(tokens=True))


@pytest.mark.parametrize("name", ["张三", "王芳", "José", "ann@example.org"])
async def test_a_proxy_names_people_in_their_own_script(name: str) -> None:
    """Nearly every Chinese name was taken for none, and others stood in the audit log as JosÃ©."""
    options = AccessOptions(
        tokens=True, proxy_header="X-User", trusted_proxies=(ip_network("10.0.0.0/8"),)
    )
    authenticator = Authenticator(options, cast(Any, None))
    # As the server reads what the proxy has sent.
    sent = name.encode().decode("latin-1")
    principal = await authenticator.principal({"x-user": sent}, "10.0.0.1")
    assert principal is not None
    assert principal.name == name
    in_latin_1 = await authenticator.principal({"x-user": "José"}, "10.0.0.1")
    assert in_latin_1 is not None
    assert in_latin_1.name == "José"
    for bad in ("a\x85b", "李\u202e".encode().decode("latin-1")):
        assert await authenticator.principal({"x-user": bad}, "10.0.0.1") is None


@pytest.mark.parametrize(
    ("times_s", "passed"),
    [([0, 0, 0], [1, 1, 0]), ([0, 0, 0.25, 0.5], [1, 1, 0, 1]), ([0, 0, 9, 9, 9], [1, 1, 1, 1, 0])],
)
def test_a_rate_is_kept_by_each(times_s: Sequence[float], passed: Sequence[int]) -> None:
    clock = iter([*times_s, times_s[-1]])
    limit = RateLimit(2, clock=lambda: next(clock))
    waits_s = [limit.wait_s("ann") for _ in times_s]
    assert [int(wait_s == 0) for wait_s in waits_s] == passed
    assert all(wait_s <= 0.5 for wait_s in waits_s)
    assert limit.wait_s("ben") == 0
