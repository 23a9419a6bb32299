"""What the schemas say of fields is read when a schema is asked for, and not at every start."""

import subprocess
import sys

import pytest
from pydantic import BaseModel, ConfigDict, Field

from stream_service.contracts.model import WireModel


class _Part(WireModel):
    size: int = 0
    """How large."""


class _Base(WireModel):
    name: str
    """What it is called,
    by people."""
    nothing: int = 0


class _Whole(_Base):
    part: _Part | None = None
    """A part of another kind."""
    parts: tuple[_Part, ...] = ()
    told: int = Field(default=0, description="Said by the field itself.")
    """Said below it."""


def test_fields_of_a_schema_are_described_by_what_stands_below_them() -> None:
    schema = _Whole.model_json_schema()
    told = {name: field.get("description") for name, field in schema["properties"].items()}
    assert told == {
        "name": "What it is called,\nby people.",
        "nothing": None,
        "part": "A part of another kind.",
        "parts": None,
        "told": "Said by the field itself.",
    }
    assert schema["$defs"]["_Part"]["properties"]["size"]["description"] == "How large."


def test_a_schema_is_pydantics_own_with_attribute_docstrings() -> None:
    class Ours(WireModel):
        name: str
        """Called so."""
        part: _Part
        """Its only part."""

    class Theirs(BaseModel):
        model_config = ConfigDict(use_attribute_docstrings=True, title="Ours")
        name: str
        """Called so."""
        part: _Part
        """Its only part."""

    assert Ours.model_json_schema() == Theirs.model_json_schema()


@pytest.mark.parametrize("imported", ["stream_service.contracts.review", "stream_service.settings"])
def test_no_source_is_read_at_import(imported: str) -> None:
    code = (
        f"import linecache, {imported}; "
        "print(*[name for name in linecache.cache if 'stream_service' in name])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
