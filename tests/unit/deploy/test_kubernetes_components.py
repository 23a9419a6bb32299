"""What components say of the service: KEDA, Prometheus, the network, the ingress."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.kubernetes.rules import main as rules_command
from stream_service.contracts.topics import Topics
from stream_service.settings import Settings
from stream_service.streaming.group_consumer import OFFSET_RESET
from tests.support import monitoring
from tests.support.deployment.kubernetes import (
    COMPONENTS,
    FOLDER,
    Manifests,
    combined,
    overlay,
)

KEDA_MECHANISMS = {
    "PLAIN": "plaintext",
    "SCRAM-SHA-256": "scram_sha256",
    "SCRAM-SHA-512": "scram_sha512",
}
"""Its words for Kafka's."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    chosen = [one for one in COMPONENTS if one != "kafka-tls"]
    return combined(tmp_path_factory.mktemp("everything"), chosen)


def _scaled(manifests: Manifests) -> dict[str, Any]:
    [scaled] = manifests.of("ScaledObject")
    return cast(dict[str, Any], scaled["spec"])


def _settings_of(manifests: Manifests) -> dict[str, str | None]:
    return manifests.environment(manifests.ours["worker"])


def test_keda_measures_the_worker_s_lag_as_the_worker_reads(everything: Manifests) -> None:
    [trigger] = _scaled(everything)["triggers"]
    settings = Settings()
    assert trigger["metadata"]["consumerGroup"] == settings.consumer.group_id
    assert trigger["metadata"]["topic"] == Topics(settings.topics.prefix).events
    assert trigger["metadata"]["offsetResetPolicy"] == OFFSET_RESET
    assert trigger["metadata"]["allowIdleConsumers"] == "false"


def test_keda_keeps_one_and_no_more_than_there_are_partitions(everything: Manifests) -> None:
    for manifests in (everything, overlay("production")):
        given = _settings_of(manifests).get("STREAM_TOPICS__PARTITIONS")
        partitions = int(given) if given else Settings().topics.partitions
        spec = _scaled(manifests)
        assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] <= partitions
        assert spec["minReplicaCount"] <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]


def test_keda_alone_decides_how_many_there_are(everything: Manifests) -> None:
    target = _scaled(everything)["scaleTargetRef"]["name"]
    assert "replicas" not in everything.one("Deployment", target)["spec"]


def test_keda_asks_the_brokers_that_the_workers_ask() -> None:
    manifests = overlay("production")
    [trigger] = _scaled(manifests)["triggers"]
    servers = _settings_of(manifests)["STREAM_KAFKA__BOOTSTRAP_SERVERS"]
    assert trigger["metadata"]["bootstrapServers"] == servers


def test_keda_is_let_in_where_the_workers_are_asked_who_they_are() -> None:
    manifests = overlay("production")
    worker = _settings_of(manifests)
    [trigger] = _scaled(manifests)["triggers"]
    given = manifests.one("TriggerAuthentication", trigger["authenticationRef"]["name"])["spec"]
    plain = {
        one["parameter"]: manifests.one("ConfigMap", one["name"])["data"][one["key"]]
        for one in given["configMapTargetRef"]
    }
    assert worker["STREAM_KAFKA__SECURITY_PROTOCOL"] == "SASL_SSL"
    assert plain["tls"] == "enable"
    assert plain["sasl"] == KEDA_MECHANISMS[str(worker["STREAM_KAFKA__SASL_MECHANISM"])]
    secrets = {one["parameter"]: (one["name"], one["key"]) for one in given["secretTargetRef"]}
    authorities = [one.get("secret", {}) for one in manifests.ours["worker"].pod["volumes"]]
    assert secrets["ca"][0] in {one.get("secretName") for one in authorities}
    name, key = secrets["password"]
    assert name == "stream-service"
    # A user of its own, which is told of where the others are.
    assert key not in {
        used for one in manifests.ours.values() for used in manifests.secret_keys(one)
    }
    assert f"`{key}`" in (FOLDER / "README.md").read_text()
    users = (FOLDER / "components" / "kafka-sasl" / "README.md").read_text()
    assert re.search(rf"\| `{plain['username']}`.*\| `{key}` \| lag-exporter \|", users)


def test_scaling_in_waits_longer_than_a_slow_event_holds_the_offset_back(
    everything: Manifests,
) -> None:
    down = _scaled(everything)["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] > Settings().llm.deadline_s


def test_jobs_have_the_names_that_rules_and_dashboards_know(everything: Manifests) -> None:
    configuration = monitoring.read_yaml(monitoring.PROMETHEUS / "prometheus.yml")
    jobs = {
        relabeling["replacement"]
        for monitor in everything.of("ServiceMonitor")
        for endpoint in monitor["spec"]["endpoints"]
        for relabeling in endpoint["relabelings"]
        if relabeling["targetLabel"] == "job"
    }
    assert jobs == {job["job_name"] for job in configuration["scrape_configs"]}
    interval = configuration["global"]["scrape_interval"]
    for monitor in everything.of("ServiceMonitor"):
        assert {one["interval"] for one in monitor["spec"]["endpoints"]} == {interval}


def test_a_monitor_finds_its_service_and_a_port_of_it(everything: Manifests) -> None:
    for monitor in everything.of("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"]
        [service] = [
            one
            for one in everything.of("Service")
            if wanted.items() <= one["metadata"]["labels"].items()
        ]
        ports = {one["name"] for one in service["spec"]["ports"]}
        assert {one["port"] for one in monitor["spec"]["endpoints"]} <= ports
        # Else nothing would be known of the pods that one must look at.
        assert service["spec"]["publishNotReadyAddresses"] is True


def test_the_operator_s_rules_are_prometheus_own(everything: Manifests) -> None:
    [rule] = everything.of("PrometheusRule")
    told = [one for group in rule["spec"]["groups"] for one in group["rules"]]
    assert told == list(monitoring.rules())
    assert rules_command(["check"]) == 0


def test_old_rules_are_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "rules.yaml"
    assert rules_command(["check", str(old)]) == 1
    rules_command(["write", str(old)])
    assert rules_command(["check", str(old)]) == 0
    old.write_text(old.read_text().replace("for: 5m", "for: 6m", 1))
    assert rules_command(["check", str(old)]) == 1
    assert "make kubernetes-rules" in capsys.readouterr().err


def test_dashboards_are_config_maps_that_kubernetes_takes() -> None:
    found = [
        one
        for one in overlay("production").of("ConfigMap")
        if one["metadata"].get("labels", {}).get("grafana_dashboard") == "1"
    ]
    files = {name for one in found for name in one["data"]}
    assert files == {path.name for path in monitoring.DASHBOARDS}
    # kubectl apply keeps a copy in an annotation, which may have 256 KiB.
    assert max(len(text) for one in found for text in one["data"].values()) < 200_000


def test_whoever_must_get_in_gets_in(everything: Manifests) -> None:
    ports = {
        one["containerPort"]
        for workload in everything.ours.values()
        for one in workload.container.get("ports", ())
    }
    policies = {one["metadata"]["name"]: one["spec"] for one in everything.of("NetworkPolicy")}
    for_prometheus = {
        one["port"] for rule in policies["stream-service"]["ingress"] for one in rule["ports"]
    }
    assert for_prometheus == ports
    [console] = policies["stream-service-console"]["ingress"]
    assert [one["port"] for one in console["ports"]] == [Settings().console.port]


def test_all_that_is_needed_can_be_reached() -> None:
    manifests = overlay("production")
    policies = {one["metadata"]["name"]: one["spec"] for one in manifests.of("NetworkPolicy")}
    ranges = [
        range(one["port"], one.get("endPort", one["port"]) + 1)
        for rule in policies["stream-service"]["egress"]
        for one in rule["ports"]
    ]
    settings = _settings_of(manifests)
    brokers = str(settings["STREAM_KAFKA__BOOTSTRAP_SERVERS"]).split(",")
    needed = {int(one.rpartition(":")[2]) for one in brokers}
    needed |= {int(str(settings["STREAM_TRACING__ENDPOINT"]).rpartition(":")[2]), 53, 443, 5432}
    for port in needed:
        assert any(port in one for one in ranges), port
    assert policies["stream-service"]["policyTypes"] == ["Ingress", "Egress"]


def test_the_console_answers_to_the_names_that_lead_to_it(everything: Manifests) -> None:
    [ingress] = everything.of("Ingress")
    hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
    console = everything.environment(everything.ours["console"])
    answered = set(str(console["STREAM_CONSOLE__HOSTS"]).split(","))
    assert hosts <= answered
    assert set(ingress["spec"]["tls"][0]["hosts"]) == hosts
    [path] = ingress["spec"]["rules"][0]["http"]["paths"]
    backend = path["backend"]["service"]
    assert backend["name"] in answered
    service = everything.one("Service", backend["name"])
    assert backend["port"]["name"] in {one["name"] for one in service["spec"]["ports"]}
