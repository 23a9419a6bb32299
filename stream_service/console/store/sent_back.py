"""Which dead letter it was that was sent back."""

from sqlalchemy import and_, or_

from stream_service.console.store.own import redrives
from stream_service.console.store.projected import dead_letters

IS_OF_LETTER = and_(
    redrives.c.partition == dead_letters.c.partition,
    redrives.c.offset == dead_letters.c.offset,
    or_(redrives.c.published_ms.is_(None), redrives.c.published_ms == dead_letters.c.published_ms),
)
"""Of a redrive and a dead letter: it was this one that was sent back. In a topic that was made anew
another letter may stand at the same place."""
