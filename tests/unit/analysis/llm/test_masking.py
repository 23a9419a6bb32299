"""Addresses of electronic mail in scripts without spaces."""

import pytest

from stream_service.analysis.llm.prompting.masking import masked
from stream_service.analysis.personal_data import personal_data
from stream_service.contracts.analysis import PersonalDetail


@pytest.mark.parametrize(
    "address",
    [
        "wang@例子.商店",
        "wang@例子.网店",
        "张三@例子.企业",
        "张三@例子.组织机构",
        "user@例え.コム",
        "user@例え.ファッション",
        "kim@회사.닷컴",
        "wang@mail.例子.中文网",
        "bob＠x.com",
        "wang@例子．商店",
        "wang@例子｡中国",
        "ｗａｎｇｘｉａｏ＠ｑｑ．ｃｏｍ",
        "wang@xn--fsqu00a.xn--fiqs8s",
    ],
)
def test_an_address_under_any_ending_is_masked_whole(address: str) -> None:
    text = f"我的邮箱：{address}，一直没人回"
    hidden = masked(text, "zh")
    assert hidden.text == "我的邮箱：[EMAIL_1]，一直没人回"
    assert hidden.restored(hidden.text) == text
    assert personal_data(text, "zh") == (PersonalDetail.EMAIL,)


def test_of_an_ending_on_no_list_as_much_is_masked_as_the_shortest_have() -> None:
    assert masked("写给 wang@例子.网域吧", "zh").text == "写给 [EMAIL_1]吧"
    assert masked("写给 wang@例子.网路域", "zh").text == "写给 [EMAIL_1]域"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发到zhang@qq.com一直不退款.太差了", "发到[EMAIL_1]一直不退款.太差了"),
        ("发到zhang@qq.com.一直不退款", "发到[EMAIL_1].一直不退款"),
        ("发到zhang@qq.com。退款", "发到[EMAIL_1]。退款"),
        ("联系，张三@例子.公司，谢谢", "联系，[EMAIL_1]，谢谢"),
        ("@小红书.真的很差", "@小红书.真的很差"),
    ],
)
def test_the_sentence_around_an_address_stays(text: str, expected: str) -> None:
    assert masked(text, "zh").text == expected
