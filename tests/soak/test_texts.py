"""Texts come from a folder of public data, or from the project's own samples."""

from pathlib import Path

import pytest

from tests.soak.texts import texts_of


def test_all_texts_of_a_folder_are_taken(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text,label\n1,"late, again",complaint\n2,,x\n', "utf-8")
    (tmp_path / "b.jsonl").write_text('{"text":"迟到了"}\n{"bytes_hex":"00"}\n[1]\nno\n', "utf-8")
    assert texts_of(tmp_path) == ["late, again", "迟到了"]


def test_a_folder_without_texts_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no texts"):
        texts_of(tmp_path)


def test_without_a_folder_there_are_samples_in_both_languages() -> None:
    texts = texts_of(None)
    assert len(texts) > 40
    assert any("包裹" in text for text in texts)
    assert any("parcel" in text for text in texts)
