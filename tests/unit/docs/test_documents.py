"""What is written is true of the code: links, names of settings, commands, the drawing."""

import re
import shlex
from itertools import pairwise
from typing import cast

import pytest
from click import Group
from pydantic import BaseModel
from typer.main import get_command
from typer.testing import CliRunner

from stream_service.cli import app
from stream_service.graph.build import build_graph
from stream_service.settings import Settings
from tests.support.documents import ROOT, Document, documents

DOCUMENTS = documents()


def named(document: Document) -> str:
    return document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Document) -> None:
    for link in document.links:
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (document.path.parent / target).resolve() if target else document.path
        assert path.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in Document(path).anchors, f"{link}: no such heading"


def test_every_page_is_in_the_index() -> None:
    index = Document(ROOT / "docs" / "README.md")
    linked = {(index.path.parent / link.partition("#")[0]).resolve() for link in index.links}
    pages = set((ROOT / "docs").glob("*.md")) - {index.path}
    assert pages <= linked, f"not in docs/README.md: {sorted(p.name for p in pages - linked)}"


def setting_names(model: type[BaseModel], prefix: str = "") -> set[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names |= setting_names(field.annotation, f"{prefix}{name}.")
        else:
            names.add(prefix + name)
    return names


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_setting_that_is_named_exists(document: Document) -> None:
    known = setting_names(Settings)
    groups = {name.partition(".")[0] for name in known if "." in name}
    for group, rest in re.findall(r"`([a-z]+)\.([a-z_*]+)(?:=[^`]*)?`", document.prose):
        if group not in groups or rest in ("md", "py", "toml", "json"):
            continue
        name = f"{group}.{rest}"
        pattern = re.compile(re.escape(name).replace(r"\*", ".*") + "$")
        assert any(map(pattern.match, known)), f"{name} is no setting"
    for name in re.findall(r"\bSTREAM_([A-Z]+__[A-Z_]+)\b", document.text):
        setting = name.lower().replace("__", ".").removesuffix("_file")
        assert setting in known, f"STREAM_{name} sets nothing"


def test_every_setting_is_told_of() -> None:
    # By its whole name: `llm.cache_*` tells nobody what there is to be set.
    told = {
        name
        for document in DOCUMENTS
        if document.name != "CHANGELOG.md" and not document.name.endswith("-proofs.md")
        for span in re.findall(r"`([^`]+)`", document.prose)
        for name in re.findall(r"\b[a-z]+\.[a-z_]+\b", span)
    }
    assert setting_names(Settings) - told == set()


def service_commands(document: Document) -> list[list[str]]:
    found: list[list[str]] = []
    for command in document.commands():
        for part in re.split(r"\s+\|\|?\s+|\s+&&\s+|;\s", command):
            words = shlex.split(part.removesuffix("&"))
            places = [n for n, word in enumerate(words) if word.split("/")[-1] == "stream-service"]
            # Behind an image's or a deployment's name it is an argument, and so is what follows.
            if places and words[0] not in ("pip", "kubectl") and "--" not in words:
                found.append(words[places[-1] + 1 :])
            elif places and "--" in words:
                behind = words[words.index("--") + 1 :]
                found.append(behind[1:] if behind[:1] == ["stream-service"] else behind)
    return [words for words in found if words]


def understood(words: list[str]) -> bool:
    """Whether the command line knows every command and option in ``words``; nothing is run."""
    return CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_is_understood(document: Document) -> None:
    for words in service_commands(document):
        assert understood(words), shlex.join(words)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_in_a_sentence_is_understood(document: Document) -> None:
    commands = frozenset(cast(Group, get_command(app)).commands)
    for span in re.findall(r"`([^`]+)`", document.prose):
        words = span.split()
        if words[0].split("/")[-1] == "stream-service":
            words = words[1:]
        if words and words[0] in commands and any(word.startswith("-") for word in words):
            # `run --workers` names an option without its value.
            assert understood(words) or understood([*words, "1"]), span


@pytest.mark.parametrize("words", [["topics", "make"], ["publish", "--fil", "x"], ["nonsense"]])
def test_a_wrong_command_is_noticed(words: list[str]) -> None:
    assert not understood(words)


def test_the_drawing_is_the_graph() -> None:
    drawn: set[tuple[str, str]] = set()
    (drawing,) = Document(ROOT / "docs" / "architecture.md").blocks("mermaid")
    for line in drawing.splitlines()[1:]:
        parts = re.split(r"\s*(?:-\.(?:[^>-]*\.)?->|-->)\s*", line.strip().removesuffix(";"))
        sides = [[re.sub(r"\(.*\)", "", name) for name in part.split(" & ")] for part in parts]
        for left, right in pairwise(sides):
            drawn |= {(a, b) for a in left for b in right}
    names = {"__start__": "start", "__end__": "finish"}
    edges = build_graph().get_graph().edges
    real = {(names.get(e.source, e.source), names.get(e.target, e.target)) for e in edges}
    assert drawn == real
