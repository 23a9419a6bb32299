"""``python -m tests.fuzz.engine_atheris TARGET [libFuzzer's options]``: the guided search.

Started by ``tests.fuzz``. It never returns: libFuzzer ends the process, with 77 after a finding.
"""

import importlib
import sys
from typing import Any

from hypothesis import given, settings


def main() -> None:
    """Search until libFuzzer's options say stop."""
    atheris: Any = importlib.import_module("atheris")
    name = sys.argv.pop(1)
    with atheris.instrument_imports(
        include=["stream_service", "tomllib"], enable_loader_override=False
    ):
        target = importlib.import_module("tests.fuzz.registry").load(name)
    with target.open() as check:
        if target.seeds:
            examine = check
        else:
            drawn: Any = settings(database=None)(given(target.inputs)(check))
            examine = drawn.hypothesis.fuzz_one_input
        atheris.Setup(sys.argv, lambda data: _examine(examine, data))
        atheris.Fuzz()


def _examine(examine: Any, data: bytes) -> None:
    examine(data)


if __name__ == "__main__":
    main()
