"""The message catalogue: each page's texts are one record, which every language must fill."""

from collections.abc import Mapping
from dataclasses import dataclass

from stream_service.console.pages.languages import Language
from stream_service.console.pages.texts.audit import AUDIT, AuditTexts
from stream_service.console.pages.texts.dead_letters import DEAD_LETTERS, DeadLettersTexts
from stream_service.console.pages.texts.frame import FRAME, FrameTexts
from stream_service.console.pages.texts.lag import LAG, LagTexts
from stream_service.console.pages.texts.live import LIVE, LiveTexts
from stream_service.console.pages.texts.login import LOGIN, LoginTexts
from stream_service.console.pages.texts.overview import OVERVIEW, OverviewTexts
from stream_service.console.pages.texts.publish import PUBLISH, PublishTexts
from stream_service.console.pages.texts.reviews import REVIEWS, ReviewsTexts
from stream_service.console.pages.texts.words import WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """All texts of one language."""

    language: Language
    frame: FrameTexts
    login: LoginTexts
    overview: OverviewTexts
    live: LiveTexts
    publish: PublishTexts
    reviews: ReviewsTexts
    lag: LagTexts
    dead_letters: DeadLettersTexts
    audit: AuditTexts
    words: Mapping[str, str]

    def word(self, name: str) -> str:
        """A word of the wire as people say it; one that is not known here stays as it is."""
        return self.words.get(name, name)


def _texts(language: Language) -> Texts:
    return Texts(
        language=language,
        frame=FRAME[language],
        login=LOGIN[language],
        overview=OVERVIEW[language],
        live=LIVE[language],
        publish=PUBLISH[language],
        reviews=REVIEWS[language],
        lag=LAG[language],
        dead_letters=DEAD_LETTERS[language],
        audit=AUDIT[language],
        words=WORDS[language],
    )


TEXTS: Mapping[Language, Texts] = {language: _texts(language) for language in Language}
