"""Asking a worker for its metrics and its health, as Prometheus and an orchestrator do."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, cast

import orjson
from prometheus_client.parser import text_string_to_metric_families

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def fetch(port: int, path: str, accept: str = "*/*") -> tuple[int, bytes]:
    """The status and the body."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own address
            return answer.status, cast(bytes, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


async def status(port: int, path: str) -> int:
    """The status alone; the loop runs on meanwhile."""
    return (await asyncio.to_thread(fetch, port, path))[0]


async def health(port: int) -> Any:
    """The details."""
    return orjson.loads((await asyncio.to_thread(fetch, port, "/health"))[1])


class Scrape:
    """What one scrape told."""

    def __init__(self, text: str) -> None:
        self.series: Series = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def total(self, name: str, **labels: str) -> float:
        """The sum of all series of that name which have these labels."""
        return sum(self.values(name, **labels))

    def values(self, name: str, **labels: str) -> list[float]:
        """All series of that name which have these labels."""
        wanted = set(labels.items())
        return [
            value
            for (found, its_labels), value in self.series.items()
            if found == name and wanted <= its_labels
        ]

    def label_values(self, label: str, **labels: str) -> set[str]:
        """All values that the label has in any series which has these labels."""
        wanted = set(labels.items())
        return {
            value
            for _, its_labels in self.series
            if wanted <= its_labels
            for found, value in its_labels
            if found == label
        }


async def scrape(port: int) -> Scrape:
    """Scrape once; the loop runs on meanwhile."""
    _, body = await asyncio.to_thread(fetch, port, "/metrics")
    return Scrape(body.decode())
