"""``consumer.group_instance_id``: what a broker takes, and one for each machine."""

import socket

import pytest

from stream_service.commands.process.failures import EXIT_USAGE, explain
from stream_service.settings import SettingsError, load_settings
from stream_service.streaming.errors import GroupInstanceIdTaken


def instance_id(given: str) -> str | None:
    settings = load_settings([f"consumer.group_instance_id={given}"])
    return settings.consumer.group_instance_id


def test_the_machines_name_stands_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "node-7.example")
    assert instance_id("{hostname}") == "node-7.example"
    assert instance_id("shop_{hostname}") == "shop_node-7.example"
    assert instance_id("worker-1") == "worker-1"


@pytest.mark.parametrize("given", ["a b", "a/b", "{host}", ".", "..", "a" * 241, "工作者"])
def test_what_a_broker_would_refuse_is_refused_by_name(given: str) -> None:
    with pytest.raises(SettingsError, match=r"consumer\.group_instance_id.*\{hostname\}"):
        instance_id(given)


def test_who_is_put_out_by_another_of_its_id_has_wrong_settings() -> None:
    """A supervisor gives up then, instead of having the two put each other out in turn."""
    code, message = explain(GroupInstanceIdTaken("stream-service", "worker-1"))
    assert code == EXIT_USAGE
    assert message is not None
    assert "consumer.group_instance_id=worker-1" in message
