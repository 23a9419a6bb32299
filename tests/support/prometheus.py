"""A real Prometheus and its promtool, as Debian's package `prometheus` brings them."""

import asyncio
import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from math import isnan
from pathlib import Path
from typing import Any, Literal

import yaml

from stream_service.devkit.kafka.ports import LOOPBACK, choose_free
from tests.support.demanded import cannot_run
from tests.support.monitoring import PROMETHEUS, read_yaml
from tests.support.waiting import until

DEMANDED_BY = "STREAM_TEST_PROMETHEUS"
"""``required`` makes a failure of what is a skipped test elsewhere."""

_START_TIMEOUT_S = 30.0
_END_TIMEOUT_S = 20.0


def binary(name: Literal["prometheus", "promtool"]) -> str:
    """Where it is. Skips the test, or fails it, where there is none."""
    found = shutil.which(name)
    if found is None:
        cannot_run(f"there is no {name} here (on Debian: apt install prometheus)", DEMANDED_BY)
    return found


def write_configuration(folder: Path, targets: Mapping[str, Sequence[str]]) -> Path:
    """The configuration in deploy/ with these addresses for its jobs, and in quick motion."""
    configuration = read_yaml(PROMETHEUS / "prometheus.yml")
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(PROMETHEUS / one) for one in configuration["rule_files"]]
    jobs = {job["job_name"]: job for job in configuration["scrape_configs"]}
    assert jobs.keys() == targets.keys()
    for name, job in jobs.items():
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [{"targets": list(targets[name])}]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(configuration))
    return path


class Prometheus:
    """Asks a Prometheus over its API."""

    def __init__(self, port: int) -> None:
        self._root = f"http://{LOOPBACK}:{port}"

    async def is_ready(self) -> bool:
        try:
            await asyncio.to_thread(self._get, "/-/ready")
        except OSError:
            return False
        return True

    async def values(self, expression: str) -> list[tuple[Mapping[str, str], float]]:
        """What an expression returns now; NaN, which panels draw as nothing, is left out.

        Raises AssertionError with Prometheus' own words where the expression is wrong.
        """
        answer = await self._ask("/api/v1/query", query=expression)
        found = [(one["metric"], float(one["value"][1])) for one in answer["result"]]
        return [(labels, value) for labels, value in found if not isnan(value)]

    async def rules(self) -> Sequence[Mapping[str, Any]]:
        """All rules with how their last evaluation went."""
        groups = (await self._ask("/api/v1/rules"))["groups"]
        return [rule for group in groups for rule in group["rules"]]

    async def states(self) -> Mapping[str, str]:
        """Of each alert: inactive, pending or firing."""
        return {
            one["name"]: one["state"] for one in await self.rules() if one["type"] == "alerting"
        }

    async def _ask(self, path: str, **parameters: str) -> Any:
        query = urllib.parse.urlencode(parameters)
        body = await asyncio.to_thread(self._get, f"{path}?{query}")
        answer = json.loads(body)
        assert answer["status"] == "success", f"{answer.get('error')}: {parameters}"
        return answer["data"]

    def _get(self, path: str) -> bytes:
        try:
            with urllib.request.urlopen(self._root + path, timeout=20) as answer:  # noqa: S310
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code != 400:
                raise
            with error:
                return error.read()


@asynccontextmanager
async def running_prometheus(
    folder: Path, targets: Mapping[str, Sequence[str]]
) -> AsyncGenerator[Prometheus]:
    """Run one with our configuration and rules until the end of the block."""
    command, configuration = binary("prometheus"), write_configuration(folder, targets)
    [port] = choose_free(1)
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            command,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--enable-feature=exemplar-storage",
            stdout=log,
            stderr=log,
        )
        try:
            prometheus = Prometheus(port)
            await until(prometheus.is_ready, "Prometheus", timeout_s=_START_TIMEOUT_S)
            yield prometheus
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), _END_TIMEOUT_S)
