"""``.env`` of the folder that a command is run in, which may be anybody's."""

from pathlib import Path

import pytest

from stream_service.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_settings_are_read_behind_a_byte_order_mark(folder: Path) -> None:
    (folder / ".env").write_bytes("\ufeffSTREAM_LOG__LEVEL=debug\r\n".encode())
    assert load_settings().log.level == "debug"


def test_one_in_another_encoding_is_told(folder: Path) -> None:
    (folder / ".env").write_bytes("# 数据库\nPASSWORD=x\n".encode("gb18030"))
    with pytest.raises(SettingsError, match=r"\.env in this folder is not UTF-8"):
        load_settings()


def test_one_that_cannot_be_read_is_told(folder: Path) -> None:
    """As somebody else's is; root reads that, and nobody what stands at address 0 of a process."""
    (folder / ".env").symlink_to("/proc/self/mem")
    with pytest.raises(SettingsError, match=r"\.env in this folder cannot be read"):
        load_settings()
