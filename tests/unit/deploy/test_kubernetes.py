"""deploy/kubernetes: what is built is valid, closed, and true to the service's own facts."""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import typer.main

import stream_service.console.gateway.server as console_server
from stream_service.cli import app
from stream_service.commands.supervise import stopping_within_s
from stream_service.settings import Settings, SettingsError, load_settings, names, variable
from tests.support.deployment.image import read_dockerfile
from tests.support.deployment.kubernetes import (
    COMPONENTS,
    FOLDER,
    OVERLAYS,
    ROOT,
    BuildFailed,
    Manifests,
    Workload,
    combined,
    overlay,
    validate,
)

EXCLUSIVE = ("kafka-sasl", "kafka-tls")
"""Two ways of which a cluster has one."""

_FAILOVER_S = 120
"""What a managed PostgreSQL takes at most, as a rule, for a standby to take over."""

PARTS = {"topics", "topics-check", "worker", "lag-exporter", "console"}
SECRET_VALUES = {
    "console-database-url": "postgresql://user:password@host:5432/console",
    "llm-cache-url": "redis://host:6379/0",
}
"""Of keys that are more than a word."""

NOTICED_WITHIN_S = 5
"""By then proxies and the ingress controller have learned that a pod is going."""

every_overlay = pytest.mark.parametrize("name", OVERLAYS)


def _sensible() -> list[tuple[str, ...]]:
    """Each alone, each beside each other one, and all that go together."""
    some = [found for count in (0, 1, 2) for found in combinations(COMPONENTS, count)]
    everything = [tuple(one for one in COMPONENTS if one != left_out) for left_out in EXCLUSIVE]
    return [found for found in [*some, *everything] if not set(found).issuperset(EXCLUSIVE)]


@every_overlay
def test_an_overlay_is_valid(name: str) -> None:
    documents = overlay(name).documents
    assert len(documents) > 8
    for document in documents:
        validate(document)


@pytest.mark.parametrize("components", _sensible(), ids="+".join)
def test_components_go_together(components: tuple[str, ...], tmp_path: Path) -> None:
    manifests = combined(tmp_path, components)
    for document in manifests.documents:
        validate(document)
    assert manifests.ours.keys() == PARTS
    for workload in manifests.workloads:
        mounted = [mount["mountPath"] for mount in workload.container["volumeMounts"]]
        assert len(mounted) == len(set(mounted))
        given = [one["name"] for one in workload.container.get("env", ())]
        assert len(given) == len(set(given))


def test_faults_are_noticed() -> None:
    manifests = overlay("production")
    worker = dict(manifests.one("Deployment", "stream-service-worker"))
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        validate({**worker, "spec": {**worker["spec"], "replica": 2}})
    for kind in ("ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PrometheusRule"):
        one = manifests.of(kind)[0]
        with pytest.raises(jsonschema.ValidationError, match="nonsense"):
            validate({**one, "spec": {**one["spec"], "nonsense": 1}})
    with pytest.raises(kubernetes_validate.SchemaNotFoundError):
        validate({**worker, "kind": "Deploiment"})


def test_a_component_that_is_not_there_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="nowhere"):
        combined(tmp_path, ["nowhere"])


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_says_what_it_is(name: str) -> None:
    assert (FOLDER / "components" / name / "README.md").read_text().startswith(f"# {name}\n")


def _every() -> list[tuple[str, Manifests]]:
    return [(name, overlay(name)) for name in OVERLAYS]


def _all_workloads(tmp_path: Path) -> list[tuple[Manifests, Workload]]:
    found = [(manifests, one) for _, manifests in _every() for one in manifests.workloads]
    for left_out in EXCLUSIVE:
        folder = tmp_path / left_out
        folder.mkdir()
        manifests = combined(folder, [one for one in COMPONENTS if one != left_out])
        found += [(manifests, one) for one in manifests.workloads]
    return found


def test_every_setting_exists_and_has_a_value_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {variable(name) for name in names()}
    monkeypatch.chdir(tmp_path)
    for manifests, workload in _all_workloads(tmp_path):
        if not workload.is_ours:
            continue
        given = manifests.environment(workload)
        assert given.keys() <= known, workload.name
        keys = iter(manifests.secret_keys(workload))
        with monkeypatch.context() as patch:
            for key, value in given.items():
                secret = None if value is not None else next(keys)
                patch.setenv(key, value or SECRET_VALUES.get(str(secret), "a"))
            load_settings()


def test_a_service_link_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why links are off: what Kubernetes would put in for the console's Service."""
    monkeypatch.setenv("STREAM_SERVICE_CONSOLE_PORT", "tcp://10.0.0.1:8080")
    with pytest.raises(SettingsError, match="STREAM_SERVICE_CONSOLE_PORT"):
        load_settings()


def test_every_pod_is_as_restricted_as_kubernetes_knows(tmp_path: Path) -> None:
    uid = int(read_dockerfile(ROOT / "deploy" / "Dockerfile").final.user.partition(":")[0])
    for _, workload in _all_workloads(tmp_path):
        pod, container = workload.pod["securityContext"], workload.container["securityContext"]
        assert pod["runAsNonRoot"] is True, workload.name
        assert pod["runAsUser"] > 0
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["allowPrivilegeEscalation"] is False
        assert container["capabilities"] == {"drop": ["ALL"]}
        assert workload.pod["automountServiceAccountToken"] is False
        assert workload.pod["enableServiceLinks"] is False
        # Kafka's start script writes into its root.
        assert container.get("readOnlyRootFilesystem", False) is (workload.name != "kafka")
        if workload.is_ours:
            assert pod["runAsUser"] == uid
            assert {"name": "tmp", "mountPath": "/tmp"} in workload.container["volumeMounts"]  # noqa: S108
    for _, manifests in _every():
        [namespace] = manifests.of("Namespace")
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@every_overlay
def test_the_console_answers_to_its_own_service(name: str) -> None:
    manifests = overlay(name)
    hosts = manifests.environment(manifests.ours["console"])["STREAM_CONSOLE__HOSTS"]
    selector = {"app.kubernetes.io/name": "stream-service-console"}
    services = {
        one["metadata"]["name"]
        for one in manifests.of("Service")
        if one["spec"]["selector"] == selector and one["spec"].get("clusterIP") != "None"
    }
    assert len(services) == 1
    assert services <= set(str(hosts).split(","))


@every_overlay
def test_commands_are_commands(name: str) -> None:
    for workload in overlay(name).ours.values():
        command = typer.main.get_command(app)
        for word in workload.container["args"]:
            command = command.commands[word]  # type: ignore[attr-defined]
        assert "command" not in workload.container


def test_an_operator_s_commands_run_as_who_may_and_only_when_asked_for(tmp_path: Path) -> None:
    for left_out in EXCLUSIVE:
        folder = tmp_path / left_out
        folder.mkdir()
        manifests = combined(folder, [one for one in COMPONENTS if one != left_out])
        topics, asked = manifests.ours["topics"], manifests.ours["topics-check"]
        assert manifests.environment(asked) == manifests.environment(topics)
        assert list(manifests.secret_keys(asked)) == list(manifests.secret_keys(topics))
        assert asked.pod["volumes"] == topics.pod["volumes"]
        # The network's policies are for pods of this part.
        assert asked.labels["app.kubernetes.io/part-of"] == "stream-service"
        assert asked.document["spec"]["suspend"] is True
        # Nothing is tried twice: a bad answer is one.
        assert asked.document["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0
        assert asked.pod["restartPolicy"] == "Never"


@every_overlay
def test_probes_ask_what_is_served_where_it_is_served(name: str) -> None:
    settings, ours = Settings(), overlay(name).ours
    served = {
        "worker": settings.metrics.port,
        "lag-exporter": settings.lag.port,
        "console": settings.console.port,
    }
    for part, port in served.items():
        container = ours[part].container
        [declared] = container["ports"]
        assert declared["containerPort"] == port
        paths = {
            "startupProbe": "/health/live",
            "livenessProbe": "/health/live",
            # The console has work that needs no Kafka.
            "readinessProbe": "/health/serving" if part == "console" else "/health/ready",
        }
        for probe, path in paths.items():
            assert container[probe]["httpGet"] == {"path": path, "port": declared["name"]}
    for part in ("topics", "topics-check"):
        assert not any(one.endswith("Probe") for one in ours[part].container)


@every_overlay
def test_a_database_that_fails_over_takes_no_console_out_of_service(name: str) -> None:
    """All of them were at once, and whoever asked was told nothing but 503 by the ingress."""
    probe = overlay(name).ours["console"].container["readinessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= _FAILOVER_S


@every_overlay
def test_everybody_gets_longer_to_stop_than_that_takes(name: str) -> None:
    ours = overlay(name).ours
    grace = {part: int(ours[part].pod.get("terminationGracePeriodSeconds", 30)) for part in PARTS}
    assert grace["worker"] > stopping_within_s(Settings())
    command = ours["console"].container["lifecycle"]["preStop"]["exec"]["command"]
    slept = re.fullmatch(r"import time; time\.sleep\((\d+)\)", command[-1])
    assert command[:2] == ["python", "-c"]
    assert slept is not None
    finishing = console_server._STOP_TIMEOUT_S + Settings().tracing.shutdown_timeout_s  # pyright: ignore[reportPrivateUsage]
    assert int(slept[1]) >= NOTICED_WITHIN_S
    assert grace["console"] > int(slept[1]) + finishing


@every_overlay
def test_whatever_selects_pods_selects_some(name: str) -> None:
    manifests = overlay(name)
    labels = [one.labels for one in manifests.workloads]
    selectors = [one["spec"]["selector"] for one in manifests.of("Service")]
    selectors += [
        one["spec"]["selector"]["matchLabels"] for one in manifests.of("PodDisruptionBudget")
    ]
    selectors += [
        one["spec"]["podSelector"]["matchLabels"] for one in manifests.of("NetworkPolicy")
    ]
    for workload in manifests.workloads:
        selectors += [
            one["labelSelector"]["matchLabels"]
            for one in workload.pod.get("topologySpreadConstraints", ())
        ]
    assert len(selectors) > 3
    for selector in selectors:
        assert any(selector.items() <= one.items() for one in labels), selector


@every_overlay
def test_a_service_leads_to_a_port_of_its_pods(name: str) -> None:
    manifests = overlay(name)
    for service in manifests.of("Service"):
        selector = service["spec"]["selector"]
        [workload] = [one for one in manifests.workloads if selector.items() <= one.labels.items()]
        ports = {one["name"]: one["containerPort"] for one in workload.container["ports"]}
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]] == port["port"], service["metadata"]["name"]


def test_memory_is_bounded_and_requested(tmp_path: Path) -> None:
    for _, workload in _all_workloads(tmp_path):
        resources = workload.container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys(), workload.name
        assert "memory" in resources["limits"], workload.name


def test_every_key_of_a_secret_is_told_of(tmp_path: Path) -> None:
    told = set(re.findall(r"`([a-z][a-z-]+)`", (FOLDER / "README.md").read_text()))
    used = {
        key
        for manifests, workload in _all_workloads(tmp_path)
        for key in manifests.secret_keys(workload)
    }
    assert "console-database-url" in used
    assert used <= told


def test_no_secret_stands_in_the_repository() -> None:
    for _, manifests in _every():
        assert manifests.of("Secret") == []


def test_the_image_is_that_of_this_version() -> None:
    image = str(overlay("production").ours["worker"].container["image"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert image.rpartition(":")[2] == project["version"]
