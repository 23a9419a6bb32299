"""The mutations still fit the code: one that does not would be found only at the next long run."""

import shutil
from pathlib import Path

import pytest

from tests.mutations.mutation import Mutation, apply, read_mutations

ROOT = Path(__file__).parents[2]

ALL = [
    pytest.param(mutation, id=f"{path.stem}-{mutation.row}-{number}")
    for path in sorted((ROOT / "tests" / "mutations").glob("*.toml"))
    for number, mutation in enumerate(read_mutations(path))
]


@pytest.mark.parametrize("mutation", ALL)
def test_every_edit_finds_its_place_and_every_test_is_there(
    mutation: Mutation, tmp_path: Path
) -> None:
    for edit in mutation.edits:
        (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / edit.file, tmp_path / edit.file)
    apply(mutation, tmp_path)
    for test in mutation.tests:
        file, _, name = test.partition("::")
        code = (ROOT / file).read_text()
        assert f"def {name.partition('[')[0]}(" in code or not name, test
