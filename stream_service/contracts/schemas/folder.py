"""The folder of documents: written, checked against the models, and against the last release."""

import json
from pathlib import Path

from stream_service.contracts.schemas.compatibility import Role, incompatible_changes
from stream_service.contracts.schemas.documents import all_documents, as_text, record_documents
from stream_service.contracts.schemas.record_schemas import RECORD_SCHEMAS, JsonObject

BASELINE = "baseline"
"""The sub-folder with the record schemas of the last release."""


def write_documents(folder: Path) -> list[Path]:
    """Write every document that differs and remove what no longer belongs; returns those files."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {name: as_text(document) for name, document in all_documents().items()}
    changed = [folder / name for name, text in texts.items() if _text_of(folder / name) != text]
    for path in changed:
        path.write_text(texts[path.name], encoding="utf-8")
    surplus = [path for path in sorted(folder.glob("*.json")) if path.name not in texts]
    for path in surplus:
        path.unlink()
    return changed + surplus


def release_documents(folder: Path) -> None:
    """Make the record schemas of the models the baseline: what is released from now on holds."""
    baseline = folder / BASELINE
    baseline.mkdir(parents=True, exist_ok=True)
    documents = record_documents()
    for path in baseline.glob("*.json"):
        if path.name not in documents:
            path.unlink()
    for name, document in documents.items():
        (baseline / name).write_text(as_text(document), encoding="utf-8")


def problems_of(folder: Path) -> list[str]:
    """What is wrong with the folder, a sentence each: drift first, then incompatible changes."""
    return [*_drift(folder), *_incompatible(folder / BASELINE)]


def _drift(folder: Path) -> list[str]:
    problems: list[str] = []
    documents = all_documents()
    for name, document in documents.items():
        text = _text_of(folder / name)
        if text is None:
            problems.append(f"{folder / name}: missing; run `write`")
        elif text != as_text(document):
            problems.append(f"{folder / name}: differs from the models; run `write`")
    problems += [
        f"{path}: belongs to no record; run `write`"
        for path in sorted(folder.glob("*.json"))
        if path.name not in documents
    ]
    return problems


def _incompatible(baseline: Path) -> list[str]:
    roles = {record.file_name: record.role for record in RECORD_SCHEMAS}
    documents = record_documents()
    if not baseline.is_dir():
        return [f"{baseline}: missing; run `release` once, with what was released last"]
    problems: list[str] = []
    for path in sorted(baseline.glob("*.json")):
        try:
            released: JsonObject = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            problems.append(f"{path}: not readable: {error}")
            continue
        if path.name not in documents:
            problems.append(f"{path}: the record that it describes is gone")
            continue
        role = roles[path.name]
        problems += [
            f"{path}: {change}, which breaks {_broken(role)}; "
            "keep to the old form or give the record a new major version"
            for change in incompatible_changes(released, documents[path.name], role)
        ]
    return problems


def _broken(role: Role) -> str:
    return "old publishers" if role is Role.INPUT else "old subscribers"


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
