"""What a command says that fails: where an optional part is not installed, where a disk is full."""

import errno
import os
import re
import tomllib

import pytest

from stream_service.commands.process.failures import explain
from stream_service.extras import ExtraMissing
from tests.support.documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSOLE = [
    re.split(r"[\[<>=; ]", requirement)[0]
    for requirement in PROJECT["optional-dependencies"]["console"]
]


@pytest.mark.parametrize("package", CONSOLE)
def test_whichever_package_of_the_console_is_missing_its_extra_is_told(package: str) -> None:
    error = ModuleNotFoundError(f"No module named '{package}'", name=f"{package}.inside")
    code, message = explain(error)
    assert code == 1
    assert message is not None
    assert message.startswith(f"the console needs {package}")
    assert "pip install -e '.[console]'" in message


def test_a_missing_part_is_told_without_a_trace() -> None:
    error = ExtraMissing("the local analyst", ["yake", "jieba"], "local")
    assert explain(error) == (1, str(error))
    assert "yake, jieba: pip install -e '.[local]'" in str(error)


def test_a_module_of_ours_that_is_missing_is_a_fault() -> None:
    error = ModuleNotFoundError("No module named 'stream_service.absent'", name="stream_service")
    assert explain(error) == (1, None)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_without_a_trace(number: int) -> None:
    code, message = explain(OSError(number, os.strerror(number)))
    assert (code, message) == (
        1,
        f"{os.strerror(number)}: standard output, or a file that is written to",
    )
    assert explain(OSError(number, os.strerror(number), "/data/x"))[1] == (
        f"{os.strerror(number)}: /data/x"
    )


def test_any_other_failure_of_the_system_is_a_fault() -> None:
    assert explain(OSError(errno.EBADF, "Bad file descriptor")) == (1, None)
