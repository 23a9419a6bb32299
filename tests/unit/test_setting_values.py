"""Values that no setting takes, whatever it is for."""

import math
from pathlib import Path

import pytest

from stream_service.settings import SettingsError, load_settings, names, variable


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("value", ["inf", "nan", "1e400"])
def test_no_number_is_without_end(name: str, value: str) -> None:
    group, _, field = name.partition(".")
    try:
        settings = load_settings([f"{name}={value}"])
    except SettingsError as error:
        assert name in str(error)
    else:
        taken = getattr(getattr(settings, group), field)
        assert not isinstance(taken, float) or math.isfinite(taken)


def test_answers_are_kept_no_longer_than_redis_can_reckon() -> None:
    """Beyond that it refuses every one of them, and nobody is told."""
    with pytest.raises(SettingsError, match=r"llm\.cache_ttl_s"):
        load_settings(["llm.cache_ttl_s=1e17"])


@pytest.mark.parametrize("given", ["{'a': 'b'}", '{"a": 7}', '["a"]', "a: b", "{", ""])
@pytest.mark.parametrize("name", ["llm.headers", "enrichment.headers", "tracing.headers"])
def test_headers_that_are_wrong_are_refused_by_their_own_name(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    for_people = 'write it as a JSON object of texts: {"name": "…"}'
    with pytest.raises(SettingsError) as by_flag:
        load_settings([f"{name}={given}"])
    monkeypatch.setenv(variable(name), given)
    with pytest.raises(SettingsError) as by_variable:
        load_settings()
    assert str(by_flag.value) in (
        f"--set {name}: {for_people}",
        f"{name} ({variable(name)}): {for_people}",
    )
    assert str(by_variable.value) == f"{name} ({variable(name)}): {for_people}"


def test_headers_can_be_given_by_flag_as_every_setting() -> None:
    settings = load_settings(['enrichment.headers={"x-tenant": "eu"}'])
    assert settings.enrichment.headers["x-tenant"].get_secret_value() == "eu"


def test_a_file_of_settings_with_headers_that_are_no_json_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("STREAM_TRACING__HEADERS=x-key: 7\n")
    with pytest.raises(SettingsError, match=r"STREAM_TRACING__HEADERS in \.env\)"):
        load_settings()


@pytest.mark.parametrize(
    "servers",
    [
        "SASL_SSL://kafka:9093",
        "kafka://kafka:9092",
        "kafka:99999",
        "kafka:0",
        "kafka",
        "kafka:9092,",
        "kafka-1:9092, kafka-2:9092",
        "fe80::1:9092",
    ],
)
def test_brokers_that_cannot_be_reached_by_that_are_refused_at_once(servers: str) -> None:
    """Each of them would be waited for, as a broker that is away."""
    with pytest.raises(SettingsError, match="write it as host:port"):
        load_settings([f"kafka.bootstrap_servers={servers}"])


@pytest.mark.parametrize(
    "servers", ["kafka-1:9092,kafka-2.example:65535", "[fe80::1]:9092", "10.0.0.1:1"]
)
def test_brokers_that_can_are_taken(servers: str) -> None:
    assert load_settings([f"kafka.bootstrap_servers={servers}"]).kafka.bootstrap_servers == servers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("consumer.group_id", "workers"),
        ("kafka.client_id", "ours"),
        ("kafka.bootstrap_servers", "kafka:9092"),
        ("llm.model", "small"),
        ("console.hosts", "console.example.org"),
        ("lag.groups", "workers"),
        ("log.level", "debug"),
    ],
)
def test_blanks_around_a_value_are_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A file of variables keeps them, and a group with one would begin anew."""
    group, _, field = name.partition(".")
    monkeypatch.setenv(variable(name), f" {value} \t")
    assert getattr(getattr(load_settings(), group), field) == value


def test_a_group_of_blanks_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_CONSUMER__GROUP_ID", "  ")
    with pytest.raises(SettingsError, match="STREAM_CONSUMER__GROUP_ID"):
        load_settings()


def test_a_secret_is_what_it_is_with_its_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_LLM__API_KEY", " key ")
    key = load_settings().llm.api_key
    assert key is not None
    assert key.get_secret_value() == " key "
