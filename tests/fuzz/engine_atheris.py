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

        def one_input(data: bytes) -> None:
            # What hypothesis returns says nothing to libFuzzer, which would count it as an answer.
            examine(data)

        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
