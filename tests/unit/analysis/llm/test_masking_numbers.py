"""Numbers of people and cards, as people in the two languages write them."""

import pytest

from stream_service.analysis.llm.prompting.masking import masked
from stream_service.analysis.personal_data import personal_data
from stream_service.contracts.analysis import PersonalDetail


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("我的身份证号是11010119900307123X，请查", "zh", "CARD"),
        ("110101 19900307 1234 是我的证件", "zh", "CARD"),
        ("護照號碼：E12345678 沒有登記", "zh", "CARD"),
        ("身分證字號 A123456789 填錯了", "zh", "CARD"),
        ("My passport number is 123456789, why", "en", "CARD"),
        ("My SSN: 123-45-6789 was printed", "en", "CARD"),
        ("4111\u00a01111\u00a01111\u00a01111 was charged", "en", "CARD"),
        ("4111.1111.1111.1111 was charged", "en", "CARD"),
        ("打 0912-345-678 給我", "zh", "PHONE"),
        ("我的電話9123 4567沒人打", "zh", "PHONE"),
        ("手机13812345678没人打", "zh", "PHONE"),
        ("Call me on 07700 900123 please", "en", "PHONE"),
        ("Nobody rang 020 7946 0958 back", "en", "PHONE"),
        ("My number is 0412 345 678, thanks", "en", "PHONE"),
    ],
)
def test_a_number_of_a_person_is_masked(text: str, language: str, kind: str) -> None:
    hidden = masked(text, language)
    assert not any(character.isdigit() for character in hidden.text.replace(f"[{kind}_1]", ""))
    assert hidden.restored(hidden.text) == text
    assert personal_data(text, language) == (PersonalDetail[kind],)


@pytest.mark.parametrize(
    "text",
    [
        "Order 61234567 is late",
        "订单号 91234567 还没到",
        "订单编号202405011234567890没到",
        "My passport cover is torn, order 12345",
        "身份证读卡器坏了",
        "The 2024 model, 120 x 60 x 45 cm, has 3 faults",
    ],
)
def test_an_orders_number_stays(text: str) -> None:
    assert masked(text, None).text == text
    assert personal_data(text, None) == ()
