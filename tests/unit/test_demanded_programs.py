"""Without a Prometheus or a Chromium their tests are skipped and say so; demanded, they fail."""

from collections.abc import Callable

import pytest

from tests.browser import chromium
from tests.support import prometheus

DEMANDED = [
    (prometheus.DEMANDED_BY, lambda: prometheus.binary("promtool")),
    (chromium.DEMANDED_BY, chromium.executable),
]


@pytest.mark.parametrize(("demanded_by", "find"), DEMANDED)
def test_it_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, demanded_by: str, find: Callable[[], str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(demanded_by, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"NOT RUN: there is no (promtool|chromium)"):
        find()


@pytest.mark.parametrize(("demanded_by", "find"), DEMANDED)
def test_it_fails_where_it_is_demanded(
    monkeypatch: pytest.MonkeyPatch, demanded_by: str, find: Callable[[], str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(demanded_by, "required")
    with pytest.raises(pytest.fail.Exception, match="demands it"):
        find()
