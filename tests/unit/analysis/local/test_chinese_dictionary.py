"""jieba's dictionary, packed: the same words, the same splitting, without what it takes loaded."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any, cast

import jieba  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.analysis.local.resources import examples
from stream_service.analysis.local.words.chinese_dictionary import ChineseDictionary
from stream_service.analysis.local.words.chinese_words import ChineseWords
from stream_service.analysis.local.words.jieba_tokenizer import (
    JiebaTokenizer,
    private_tokenizer,
    words_of_jieba,
)
from tests.support.processor_time import of_this_thread

LETTERS = "这家店的快递太慢了客服态度非常差我要求退款并且赔偿损失中国人民1aB，。 𠀀"

MORE_THAN_IT_TAKES_MB = 15
"""Packed it takes 2 MB, as Python objects 54."""


@pytest.fixture(scope="module")
def jiebas_own() -> Any:
    tokenizer: Any = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def _split(tokenizer: Any, text: str) -> Sequence[str]:
    return cast(list[str], tokenizer.lcut(text))


def test_it_holds_the_installed_jiebas_words_and_no_others() -> None:
    # After an upgrade of jieba: python -m stream_service.analysis.local.words.pack_dictionary
    frequencies, total = words_of_jieba()
    packed = ChineseDictionary()
    assert len(frequencies) > 300_000
    assert {word: packed[word] for word in packed} == frequencies
    assert packed.total == total


def test_what_is_no_word_is_none() -> None:
    packed = ChineseDictionary()
    assert packed.get("退款") is not None
    assert packed.get("退款退") is None
    assert "" not in packed
    # The beginning of a word, and no word.
    assert "中华人民共" not in packed


def test_texts_are_split_as_by_jieba_itself(jiebas_own: Any) -> None:
    texts = [example.text for example in examples("category") if example.language == "zh"]
    assert len(texts) > 100
    assert [_split(private_tokenizer(), text) for text in texts] == [
        _split(jiebas_own, text) for text in texts
    ]


@given(text=st.text(LETTERS, max_size=60))
def test_any_text_is_split_as_by_jieba_itself(jiebas_own: Any, text: str) -> None:
    assert _split(private_tokenizer(), text) == _split(jiebas_own, text)


def test_the_dictionary_is_not_held_as_python_objects() -> None:
    code = (
        "import re\n"
        "from stream_service.analysis.local.words.jieba_tokenizer import private_tokenizer\n"
        "def held_kb():\n"
        "    return int(re.search(r'RssAnon:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "before = held_kb()\n"
        "assert len(private_tokenizer().lcut('快递太慢了')) > 1\n"
        "print((held_kb() - before) / 1000)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(told.stdout) < MORE_THAN_IT_TAKES_MB


def test_a_tokenizer_needs_no_set_up_of_jiebas_own() -> None:
    # That would read a marshalled cache from the shared temporary folder.
    tokenizer = JiebaTokenizer()
    assert tokenizer.initialized
    assert tokenizer.tmp_dir is None


def test_pkg_resources_is_not_imported_for_a_path_and_stays_importable() -> None:
    code = (
        "import sys\n"
        "class Told:\n"
        "    asked = []\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        self.asked.append(name)\n"
        "sys.meta_path.insert(0, Told())\n"
        "import stream_service.analysis.local.words.jieba_tokenizer\n"
        "print('pkg_resources' in Told.asked, 'pkg_resources' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("unit", ["的", "啊", "了吗", "我们", "1"])
def test_one_word_over_and_over_takes_no_long_time(unit: str) -> None:
    text = unit * (50_000 // len(unit))
    with of_this_thread() as processor_time:
        words = ChineseWords().split(text)
    assert "".join(words) == text
    assert processor_time.spent_s < 2.0  # in one piece 6.5 s, and with the square of the length


def test_sentences_apart_are_split_as_the_whole() -> None:
    text = "这家店的快递太慢了，客服态度非常差！我要求退款：并且赔偿损失。iPhone 15 很好\n还行" * 50
    whole = _split(private_tokenizer(), text)
    assert list(ChineseWords().split(text)) == [word for word in whole if word[0].isalnum()]
