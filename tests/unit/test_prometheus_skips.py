"""Without a Prometheus its tests are skipped and say so; where it is demanded they fail."""

import pytest

from tests.support.prometheus import DEMANDED_BY, binary


def test_it_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(DEMANDED_BY, raising=False)
    with pytest.raises(pytest.skip.Exception, match="NOT RUN: there is no promtool"):
        binary("promtool")


def test_it_fails_where_it_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(DEMANDED_BY, "required")
    with pytest.raises(pytest.fail.Exception, match="demands it"):
        binary("prometheus")
