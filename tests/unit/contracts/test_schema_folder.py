"""The folder of documents: drift and incompatible changes have a file's name and exit code 1."""

import json
from pathlib import Path
from typing import Any

import pytest

from stream_service.contracts.schemas.__main__ import main
from stream_service.contracts.schemas.documents import all_documents, record_documents
from stream_service.contracts.schemas.folder import problems_of, release_documents, write_documents

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_documents(tmp_path)
    release_documents(tmp_path)
    return tmp_path


def change_baseline(folder: Path, name: str, change: Any) -> None:
    path = folder / "baseline" / name
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_the_repository_s_documents_are_those_of_the_models() -> None:
    assert problems_of(REPOSITORY / "schemas") == []


def test_no_document_names_a_host_but_the_dialect_s() -> None:
    for path in (REPOSITORY / "schemas").rglob("*.json"):
        text = path.read_text()
        assert "://" not in text.replace("https://json-schema.org/draft/2020-12/schema", "")


def test_a_fresh_folder_has_no_problem(folder: Path) -> None:
    assert main(["check", str(folder)]) == 0
    assert {path.name for path in folder.glob("*.json")} == set(all_documents())
    assert {path.name for path in (folder / "baseline").iterdir()} == set(record_documents())


@pytest.mark.parametrize("name", all_documents())
def test_drift_is_told_by_the_file_s_name(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_text("{}\n")
    assert main(["check", str(folder)]) == 1
    assert capsys.readouterr().err == f"{folder / name}: differs from the models; run `write`\n"
    assert main(["write", str(folder)]) == 0
    assert capsys.readouterr().out == f"written: {folder / name}\n"
    assert problems_of(folder) == []


def test_a_missing_document_is_told(folder: Path) -> None:
    (folder / "reply.v1.json").unlink()
    assert problems_of(folder) == [f"{folder / 'reply.v1.json'}: missing; run `write`"]


def test_a_document_of_no_record_is_told_and_removed(folder: Path) -> None:
    surplus = folder / "invoice.v1.json"
    surplus.write_text("{}")
    assert problems_of(folder) == [f"{surplus}: belongs to no record; run `write`"]
    assert write_documents(folder) == [surplus]
    assert not surplus.exists()


def test_an_input_that_no_longer_takes_what_was_released_is_told(folder: Path) -> None:
    def allow_more(document: Any) -> None:
        document["properties"]["text"]["maxLength"] = 60_000

    change_baseline(folder, "feedback-event.v1.json", allow_more)
    (problem,) = problems_of(folder)
    assert problem.startswith(f"{folder / 'baseline' / 'feedback-event.v1.json'}: text: maxLength")
    assert "breaks old publishers" in problem


def test_an_output_that_no_longer_has_what_was_released_is_told(folder: Path) -> None:
    def have_more(document: Any) -> None:
        document["properties"]["tone"] = {"type": "string"}

    change_baseline(folder, "reply.v1.json", have_more)
    (problem,) = problems_of(folder)
    assert "tone: the field is gone, which breaks old subscribers" in problem


def test_an_output_may_have_more_than_what_was_released(folder: Path) -> None:
    def have_less(document: Any) -> None:
        del document["properties"]["strategy"]
        document["required"].remove("strategy")

    change_baseline(folder, "reply.v1.json", have_less)
    assert problems_of(folder) == []


def test_a_released_record_that_is_gone_is_told(folder: Path) -> None:
    (folder / "baseline" / "invoice.v1.json").write_text("{}")
    (problem,) = problems_of(folder)
    assert "the record that it describes is gone" in problem
    release_documents(folder)
    assert problems_of(folder) == []


def test_a_baseline_that_is_missing_or_broken_is_told(folder: Path) -> None:
    (folder / "baseline" / "reply.v1.json").write_text("{")
    (problem,) = problems_of(folder)
    assert "not readable" in problem
    for path in (folder / "baseline").iterdir():
        path.unlink()
    (folder / "baseline").rmdir()
    (problem,) = problems_of(folder)
    assert "baseline: missing" in problem
