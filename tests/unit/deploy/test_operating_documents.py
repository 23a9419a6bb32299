"""docs/operating.md, docs/scaling.md, deploy's READMEs: of commands and settings that exist."""

import re
from pathlib import Path

import pytest

from stream_service.settings import Settings, names, variable
from tests.support.deployment.kubernetes import FOLDER, ROOT
from tests.support.documented import SPAN, commands, require_command

DOCUMENTS = [
    ROOT / "docs" / "operating.md",
    ROOT / "docs" / "scaling.md",
    FOLDER / "README.md",
    *sorted(FOLDER.glob("components/*/README.md")),
]
every_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)

IN_SECURITY = "acls"
"""Commands of docs/security.md, which checks them itself."""


@every_document
def test_every_command_and_flag_exists(path: Path) -> None:
    for words in commands(path.read_text()):
        if words.split()[1] != IN_SECURITY:
            require_command(words)


def test_commands_are_found_where_they_stand() -> None:
    found = set(commands((ROOT / "docs" / "operating.md").read_text()))
    assert any(words.startswith("stream-service console token create") for words in found)
    assert any(words.startswith("stream-service health") for words in found)


@every_document
def test_every_setting_exists(path: Path) -> None:
    groups = "|".join(Settings.model_fields)
    told = {
        span.partition("=")[0]
        for span in SPAN.findall(path.read_text())
        if re.match(rf"({groups})\.[a-z]", span) and "/" not in span
    }
    assert told <= set(names())
    variables = set(re.findall(r"STREAM_[A-Z_]+__[A-Z_]+", path.read_text()))
    assert variables <= {variable(name) for name in names()}


@every_document
def test_files_and_folders_that_are_named_are_there(path: Path) -> None:
    pattern = r"`((?:deploy|tests|docs)/[\w./-]+|docker-compose\.yml)`"
    for found in re.findall(pattern, path.read_text()):
        assert (ROOT / found).exists(), found
