"""The dashboards' JSON in a folder: written from the code, and checked against it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.dashboards import (
    consumer_lag,
    engine,
    language_model,
    overview,
    reviews,
    runbook,
)

FOLDER = Path(__file__).parents[1] / "json"

PAGES = (overview, consumer_lag, language_model, reviews, engine, runbook)
"""In the order in which a search for a fault goes through them."""


def documents() -> Mapping[str, str]:
    """The text of each file by its name."""
    pages = [module.dashboard() for module in PAGES]
    return {
        f"{page.uid}.json": json.dumps(page, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        for page in pages
    }


def write_documents(folder: Path = FOLDER) -> Iterator[Path]:
    """Write those that changed and remove those that are no more; yields their paths."""
    wanted = documents()
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.json")):
        if path.name not in wanted:
            path.unlink()
            yield path
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            yield path


def problems_of(folder: Path = FOLDER) -> list[str]:
    """What in the folder is not what the code says; empty when it all is."""
    wanted = documents()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return [
        f"{folder / name}: {_difference(found.get(name), wanted.get(name))}; make dashboards"
        for name in sorted(wanted.keys() | found.keys())
        if found.get(name) != wanted.get(name)
    ]


def _difference(found: str | None, wanted: str | None) -> str:
    if found is None:
        return "is missing"
    return "belongs to no page" if wanted is None else "is not what the code makes"
