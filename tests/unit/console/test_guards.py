"""Addresses, rates and cursors, without a database."""

from collections.abc import Sequence

import pytest

from stream_service.console.access.authenticating import AccessOptions, refuse_unsafe_address
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
