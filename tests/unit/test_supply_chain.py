"""The checks of what is installed: none can pass by having looked at nothing."""

import json

import pytest

from supply_chain.audit import Audit, read_report, tell
from supply_chain.licences import Rules
from supply_chain.licences import tell as tell_licences
from supply_chain.locked import RUNTIME_LOCK, locked

WEAK = {"id": "GHSA-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}


def report(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_weakness_fails_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    text = report(
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "weak", "version": "1.0", "vulns": [WEAK]},
    )
    found = read_report(text)
    assert found.audited == 2
    assert tell(found, required=False) == 1
    assert "weak 1.0: GHSA-1, mended in 1.1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Traceback",
        report({"name": "sound", "skip_reason": "Dependency not found and could not be audited"}),
    ],
)
def test_without_a_database_nothing_was_audited_and_that_is_said(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert tell(read_report(text), required=False) == 0
    assert "NOTHING WAS AUDITED" in capsys.readouterr().err
    assert tell(read_report(text), required=True) == 1


def test_a_sound_audit_passes_and_names_what_was_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tell(Audit(3, (), ("own",)), required=True) == 0
    said = capsys.readouterr()
    assert "3 packages audited, 0 weaknesses" in said.out
    assert "not audited: own" in said.err


def test_the_lock_is_read_whole() -> None:
    found = locked(RUNTIME_LOCK)
    assert {"aiokafka", "langgraph", "pydantic"} <= {name for name, _ in found}
    marked = [line for line in RUNTIME_LOCK.read_text().splitlines() if "==" in line.split(" ")[0]]
    assert len(found) == len(marked)


def test_licences_are_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_licences({}, Rules.load()) == 1
    assert tell_licences({"sound": "MIT"}, Rules.load()) == 0
    assert tell_licences({"sound": "MIT", "odd": "SSPL-1.0"}, Rules.load()) == 1
    assert "odd: SSPL-1.0 is not allowed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "licence", "allowed"),
    [
        ("any", "MIT", True),
        ("any", "MIT License", True),
        ("any", "Apache-2.0 AND MIT", True),
        ("any", "MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("any", "Apache Software License; MIT License", True),
        ("any", "GNU Affero General Public License v3", False),
        ("any", "MIT AND GPL-3.0-only", False),
        ("any", "UNKNOWN", False),
        ("any", "", False),
        ("yake", "GNU General Public License v3 (GPLv3)", True),
        ("yake", "Something else", False),
    ],
)
def test_licences(name: str, licence: str, allowed: bool) -> None:
    assert (Rules.load().fault(name, licence) is None) is allowed
