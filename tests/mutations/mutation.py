"""What is broken, and which tests must notice."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(_Model):
    """One replacement; ``old`` stands exactly once in ``file``."""

    file: str
    old: str
    new: str


class Mutation(_Model):
    """A cure that is taken out of the code."""

    row: str
    """The trap's number, S1 for instance."""
    breaks: str
    """What the code does then, for the table in the docs."""
    edits: tuple[Edit, ...] = Field(min_length=1)
    tests: tuple[str, ...] = Field(min_length=1)
    """Of these, by their pytest ids, at least one must fail."""


class StaleMutation(Exception):
    """The code that a mutation wants to break is no longer there as it was."""


def read_mutations(path: Path) -> Iterator[Mutation]:
    """Read a file of ``[[mutation]]`` tables. Raises pydantic's ValidationError."""
    with path.open("rb") as file:
        for table in tomllib.load(file)["mutation"]:
            yield Mutation.model_validate(table)


def apply(mutation: Mutation, tree: Path) -> None:
    """Break the code in ``tree``. Raises StaleMutation."""
    for edit in mutation.edits:
        path = tree / edit.file
        code = path.read_text()
        found = code.count(edit.old)
        if found != 1:
            raise StaleMutation(f"{mutation.row}: {edit.file} has {found} times: {edit.old!r}")
        path.write_text(code.replace(edit.old, edit.new))
