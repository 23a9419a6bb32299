"""docker-compose.yml: valid, closed to the outside, in order, and of settings that exist."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from stream_service.commands.supervise import stopping_within_s
from stream_service.settings import (
    PREFIX,
    Settings,
    SettingsError,
    load_settings,
    names,
    variable,
)
from tests.support import monitoring
from tests.support.deployment.compose import (
    FILE,
    ROOT,
    ComposeRefused,
    grace_s,
    ours,
    read_project,
)

SECRETS = {"POSTGRES_PASSWORD": "a", "GRAFANA_PASSWORD": "b"}
EXAMPLE = ROOT / ".env.example"
SERVE_NO_HEALTH = {"topics", "otel-collector"}
"""One ends, the other has no shell that could ask it."""


@pytest.fixture(scope="module")
def project() -> Mapping[str, Any]:
    return read_project(SECRETS, "model", "redis")


@pytest.mark.parametrize("profiles", [(), ("model",), ("redis",), ("model", "redis")])
def test_it_is_valid_with_each_profile(profiles: tuple[str, ...]) -> None:
    services = read_project(SECRETS, *profiles)["services"]
    assert {"model", "redis"} & services.keys() == set(profiles)
    assert {"kafka", "topics", "worker", "lag-exporter", "console"} <= services.keys()
    assert {"prometheus", "grafana", "postgres", "otel-collector"} <= services.keys()


@pytest.mark.parametrize("missing", SECRETS)
def test_it_refuses_to_start_without_a_password(missing: str) -> None:
    with pytest.raises(ComposeRefused, match=rf"{missing}.*\.env"):
        read_project({name: "a" for name in SECRETS if name != missing})


def test_a_fault_in_it_is_noticed(tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(FILE.read_text().replace("      topics: {", "      topiks: {", 1))
    with pytest.raises(ComposeRefused, match="topiks"):
        read_project(SECRETS, path=broken)


def test_what_is_published_is_published_to_this_machine_alone(project: Mapping[str, Any]) -> None:
    published = [
        (name, port["host_ip"])
        for name, service in project["services"].items()
        for port in service.get("ports") or ()
    ]
    assert published
    assert {address for _, address in published} == {"127.0.0.1"}


def test_every_image_has_an_exact_version(project: Mapping[str, Any]) -> None:
    for name, service in project["services"].items():
        tag = service["image"].rpartition(":")[2]
        assert service["image"].startswith("stream-service:") or re.fullmatch(
            r"v?\d+\.\d+(\.\d+)?", tag
        ), name


def test_every_service_has_limits_and_bounded_logs(project: Mapping[str, Any]) -> None:
    for name, service in project["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        assert int(limits["memory"]) > 0, name
        assert float(limits["cpus"]) > 0, name
        assert service["logging"]["options"]["max-size"], name


def test_every_service_that_lasts_has_a_health_check_and_is_restarted(
    project: Mapping[str, Any],
) -> None:
    without = {
        name
        for name, service in project["services"].items()
        if not service.get("healthcheck", {}).get("test") and name not in ours(project)
    }
    assert without == {"otel-collector"}
    # Ours have the image's, but where it is switched off.
    off = {name for name, one in ours(project).items() if one.get("healthcheck")}
    assert off == {"topics"}
    lasting = project["services"].keys() - {"topics"}
    assert all(project["services"][name]["restart"] == "unless-stopped" for name in lasting)


def test_who_waits_for_somebody_waits_for_what_that_one_can_tell(
    project: Mapping[str, Any],
) -> None:
    for name, service in project["services"].items():
        waits: Mapping[str, Any] = service.get("depends_on") or {}
        for other, how in waits.items():
            wanted = "service_completed_successfully" if other == "topics" else "service_healthy"
            assert how["condition"] == wanted, (name, other)
            assert other == "topics" or other not in SERVE_NO_HEALTH
    assert set(project["services"]["worker"]["depends_on"]) >= {"kafka", "topics"}
    assert set(project["services"]["console"]["depends_on"]) >= {"kafka", "topics", "postgres"}


def test_our_services_may_do_nothing_but_their_work(project: Mapping[str, Any]) -> None:
    for name, service in ours(project).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["tmpfs"] == ["/tmp"], name  # noqa: S108 - the container's own


def test_a_worker_gets_longer_to_stop_than_its_drain_takes(project: Mapping[str, Any]) -> None:
    assert grace_s(project["services"]["worker"]) > stopping_within_s(Settings())


def test_every_setting_exists_and_has_a_value_that_is_taken(
    project: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = {variable(name) for name in names()}
    monkeypatch.chdir(tmp_path)
    for name, service in ours(project).items():
        given = {key: value for key, value in service["environment"].items() if value is not None}
        # What else .env holds is taken away, not handed on.
        others = {key for key in service["environment"] if not key.startswith(PREFIX)}
        assert {given[key] for key in others} <= {""}, name
        assert service["environment"].keys() - others <= known, name
        with monkeypatch.context() as patch:
            for key, value in given.items():
                patch.setenv(key, value)
            load_settings()


def test_all_settings_of_the_env_file_reach_all_of_ours_and_no_password_does() -> None:
    given = {"STREAM_TOPICS__PARTITIONS": "3", "STREAM_LLM__MODEL": "m"}
    for name, service in ours(read_project({}, dotenv={**SECRETS, **given})).items():
        environment = service["environment"]
        assert given.items() <= environment.items(), name
        assert not any(environment[secret] for secret in SECRETS), name


def test_a_wrong_name_in_the_env_file_is_refused_by_the_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = {"STREAM_LLM__MODLE": "m"}
    monkeypatch.chdir(tmp_path)
    for service in ours(read_project({}, dotenv={**SECRETS, **wrong})).values():
        with monkeypatch.context() as patch:
            for key, value in service["environment"].items():
                if value is not None:
                    patch.setenv(key, value)
            with pytest.raises(SettingsError, match=r"STREAM_LLM__MODLE.*STREAM_LLM__MODEL\?"):
                load_settings()


def test_what_the_file_sets_itself_wins_over_the_env_file() -> None:
    given = {"STREAM_KAFKA__BOOTSTRAP_SERVERS": "localhost:9092"}
    for name, service in ours(read_project({}, dotenv={**SECRETS, **given})).items():
        assert service["environment"]["STREAM_KAFKA__BOOTSTRAP_SERVERS"] == "kafka:19092", name


def _example(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = re.fullmatch(r"(?:# )?([A-Z][A-Z_]+)=(\S*)", line)
        if found is not None:
            yield found[1], found[2]


def test_the_example_of_settings_is_of_settings_that_are_passed_on(
    project: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = list(_example(EXAMPLE.read_text()))
    passed = {key for service in ours(project).values() for key in service["environment"]}
    for name, value in told:
        if not name.startswith(PREFIX):
            assert name in SECRETS
            assert value == "", "no password is given away"
            continue
        assert name in passed
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setenv(name, value)
            load_settings()
    assert SECRETS.keys() <= {name for name, _ in told}


def test_the_example_s_model_and_cache_are_the_profiles_own(project: Mapping[str, Any]) -> None:
    told = dict(_example(EXAMPLE.read_text()))
    model, redis = project["services"]["model"], project["services"]["redis"]
    assert told["STREAM_LLM__BASE_URL"] == f"http://model:{model['expose'][0]}/v1"
    assert told["STREAM_LLM__MODEL"] == model["environment"]["MODEL"]
    assert told["STREAM_LLM__CACHE_URL"] == f"redis://redis:{redis['expose'][0]}/0"


def test_files_that_are_mounted_are_there(project: Mapping[str, Any]) -> None:
    mounted = [
        (service.get("volumes"), volume)
        for service in project["services"].values()
        for volume in service.get("volumes") or ()
        if volume["type"] == "bind"
    ]
    assert mounted
    for _, volume in mounted:
        assert Path(volume["source"]).exists()
        assert volume["read_only"] is True


def test_spans_go_where_the_collector_listens(project: Mapping[str, Any]) -> None:
    collector = monitoring.read_yaml(ROOT / "deploy" / "otel-collector" / "config.yaml")
    listens = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
    for name in ("worker", "console"):
        endpoint = project["services"][name]["environment"]["STREAM_TRACING__ENDPOINT"]
        assert endpoint == f"http://otel-collector:{listens}"
    assert project["services"]["otel-collector"]["expose"] == [listens]
    for pipeline in collector["service"]["pipelines"].values():
        for kind, used in pipeline.items():
            assert set(used) <= collector[kind].keys(), kind
