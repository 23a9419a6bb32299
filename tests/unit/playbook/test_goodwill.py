"""What an owner's goodwill lets a draft offer, and what it does not."""

from importlib.resources import files

import pytest

from stream_service.playbook import read_playbook
from stream_service.playbook.guard import DraftFault, draft_faults
from stream_service.playbook.playbook import Playbook
from tests.unit.playbook.cases import PLAYBOOK

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")


def with_goodwill() -> Playbook:
    return read_playbook(DEFAULT.replace("goodwill_amount = 0 ", "goodwill_amount = 20 "), "test")


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("en", "As an apology we would like to offer you a credit of 20 USD."),
        ("en", "Please accept a voucher worth 15 USD for the trouble."),
        ("en", "We are sorry that your refund is late, please accept 10 USD."),
        ("zh", "为表歉意，我们希望向您提供20 USD的补偿额度。"),
        ("zh", "为表歉意，送您15美元的无门槛优惠券。"),
    ],
)
def test_a_sum_within_the_limit_may_be_offered(language: str, draft: str) -> None:
    assert draft_faults(draft, language, with_goodwill()) == ()
    assert DraftFault.MONEY in draft_faults(draft, language, PLAYBOOK)


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("en", "The refund of your whole holiday is confirmed, with 5 USD on top."),
        ("en", "A refund of the whole order goes out together with 5 USD for the trouble."),
        ("en", "As an apology we would like to offer you a credit of 21 USD."),
        ("en", "As an apology we would like to offer you a credit of one hundred dollars."),
        ("en", "We would like to offer you a credit of the full price, and 5 USD."),
        ("zh", "整单退款已经在路上，另有5元心意。"),
        ("zh", "为表歉意，我们希望向您提供全部货款的补偿额度，另加5元。"),
    ],
)
def test_a_sum_within_the_limit_excuses_nothing_beside_it(language: str, draft: str) -> None:
    assert DraftFault.MONEY in draft_faults(draft, language, with_goodwill())
