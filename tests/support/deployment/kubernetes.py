"""Manifests as kubectl builds them, checked by Kubernetes' own schemas.

What KEDA and the Prometheus Operator add is checked by schemas of ours.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema
import kubernetes_validate
import yaml

from tests.support.demanded import cannot_run

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
SCHEMAS = Path(__file__).parent / "schemas"
DEMANDED_BY = "STREAM_TEST_KUBERNETES"
"""``required`` makes a failure of what is a skipped test elsewhere."""

VERSIONS = ("1.27", kubernetes_validate.latest_version())
"""The oldest that is told to do (unhealthyPodEvictionPolicy), and the newest that is known."""

COMPONENTS = sorted(path.name for path in (FOLDER / "components").iterdir() if path.is_dir())
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir() if path.is_dir())

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Workload:
    """Something that runs pods."""

    document: Document

    @property
    def name(self) -> str:
        return str(self.document["metadata"]["name"])

    @property
    def template(self) -> Mapping[str, Any]:
        spec = self.document["spec"]
        return cast(Mapping[str, Any], spec.get("jobTemplate", {"spec": spec})["spec"]["template"])

    @property
    def pod(self) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], self.template["spec"])

    @property
    def labels(self) -> Mapping[str, str]:
        return cast(Mapping[str, str], self.template["metadata"]["labels"])

    @property
    def container(self) -> Mapping[str, Any]:
        [container] = self.pod["containers"]
        return cast(Mapping[str, Any], container)

    @property
    def is_ours(self) -> bool:
        """Whether it runs our image."""
        name = str(self.container["image"]).rpartition(":")[0]
        return name.rpartition("/")[2] == "stream-service"


class Manifests:
    """What one kustomization comes to."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents

    def of(self, kind: str) -> Sequence[Document]:
        return [one for one in self.documents if one["kind"] == kind]

    def one(self, kind: str, name: str) -> Document:
        [found] = [one for one in self.of(kind) if one["metadata"]["name"] == name]
        return found

    @property
    def workloads(self) -> Sequence[Workload]:
        kinds = ("Deployment", "StatefulSet", "Job", "CronJob")
        return [Workload(one) for kind in kinds for one in self.of(kind)]

    @property
    def ours(self) -> Mapping[str, Workload]:
        """By the name behind ``stream-service-``."""
        return {
            one.name.removeprefix("stream-service-"): one for one in self.workloads if one.is_ours
        }

    def environment(self, workload: Workload) -> dict[str, str | None]:
        """What its container gets; None for what comes out of a Secret."""
        found: dict[str, str | None] = {}
        for source in workload.container.get("envFrom", ()):
            found |= self.one("ConfigMap", source["configMapRef"]["name"])["data"]
        for one in workload.container.get("env", ()):
            field = one.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
            found[one["name"]] = _of_a_pod(workload, field) if field else one.get("value")
        return found

    def secret_keys(self, workload: Workload) -> Iterator[str]:
        """What it takes out of the Secret ``stream-service``."""
        for one in workload.container.get("env", ()):
            reference = one.get("valueFrom", {}).get("secretKeyRef")
            if reference is not None:
                assert reference["name"] == "stream-service"
                yield reference["key"]


def _of_a_pod(workload: Workload, field: str) -> str:
    """What Kubernetes puts in for a field of the pod."""
    return {"metadata.name": f"{workload.name}-6c9f7d5b8-x2k4q"}[field]


class BuildFailed(Exception):
    """kubectl's own words."""


def build(folder: Path) -> Manifests:
    """What ``kubectl kustomize`` makes of a folder. Raises BuildFailed."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        cannot_run("there is no kubectl here", DEMANDED_BY)
    ended = subprocess.run(
        [kubectl, "kustomize", folder], capture_output=True, text=True, timeout=60, check=False
    )
    if ended.returncode != 0:
        raise BuildFailed(ended.stderr)
    return Manifests([one for one in yaml.safe_load_all(ended.stdout) if one])


@cache
def overlay(name: str) -> Manifests:
    """One of ours."""
    return build(FOLDER / "overlays" / name)


def combined(folder: Path, components: Sequence[str]) -> Manifests:
    """The base with these components, as an overlay at ``folder`` would have it."""
    here = os.path.relpath(FOLDER, folder)
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "elsewhere",
        "resources": [f"{here}/base"],
        "components": [f"{here}/components/{name}" for name in components],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return build(folder)


@cache
def _own_schema(kind: str) -> Mapping[str, Any] | None:
    path = SCHEMAS / f"{kind}.json"
    return json.loads(path.read_text()) if path.is_file() else None


def validate(document: Document) -> None:
    """Raises jsonschema's or kubernetes_validate's ValidationError, or SchemaNotFoundError."""
    _validate(json.dumps(document, sort_keys=True))


@cache
def _validate(text: str) -> None:
    # By its text: most documents are the same in most combinations.
    document = json.loads(text)
    own = _own_schema(document["kind"])
    if own is not None:
        jsonschema.validate(document, own)
        return
    for version in VERSIONS:
        kubernetes_validate.validate(document, version, strict=True)
