"""Commands as a container's first process: the kernel drops signals that it does not handle."""

import os
import signal
from collections.abc import Generator

import pytest

from stream_service import cli


@pytest.fixture
def dropped_signals() -> Generator[None]:
    """As the kernel does it for such a process."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("dropped_signals")
def test_a_stop_while_it_loads_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(cli, "app", lambda: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 128 + signal.SIGTERM


@pytest.mark.usefixtures("dropped_signals")
def test_any_other_process_is_ended_by_the_signal_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: list[object] = []
    monkeypatch.setattr(cli, "app", lambda: handlers.append(signal.getsignal(signal.SIGTERM)))
    cli.main()
    assert handlers == [signal.SIG_IGN]
