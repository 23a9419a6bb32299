"""What a browser may send, though no page of ours does."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui.events import GenericEventArguments

from stream_service.console.pages.arguments import as_name, given_text
from stream_service.console.pages.views.publish_one import (
    _given,  # pyright: ignore[reportPrivateUsage]
)


@pytest.mark.parametrize("sent", ["e\x001", "e\ud8001", "\udfffe1"])
def test_what_no_database_holds_names_nothing(sent: str) -> None:
    """The database failed on it every two seconds, as a fault of ours, which rings an alert."""
    assert given_text(cast(GenericEventArguments, SimpleNamespace(args=sent))) == "e1"
    assert as_name("张三 👩‍👩‍👧 عربي") == "张三 👩‍👩‍👧 عربي"


@pytest.mark.parametrize("odd", [[], {}, [{}], 7])
def test_a_field_of_the_form_may_be_anything(odd: Any) -> None:
    """A list was a fault of ours, and none of the field."""
    assert _given({"text": odd, "channel": "", "product": None}) == {"text": odd}
