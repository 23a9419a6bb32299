"""All pages, in the order of the navigation."""

from collections.abc import Sequence

from stream_service.console.access.roles import Permission
from stream_service.console.pages.page import PageEntry
from stream_service.console.pages.views import (
    audit,
    dead_letters,
    lag,
    live,
    overview,
    publish,
    reviews,
)

PAGES: Sequence[PageEntry] = (
    PageEntry(
        path="/",
        name="overview",
        icon="dashboard",
        permission=Permission.VIEW,
        build=overview.build,
    ),
    PageEntry(path="/live", name="live", icon="bolt", permission=Permission.VIEW, build=live.build),
    PageEntry(
        path="/reviews",
        name="reviews",
        icon="rate_review",
        permission=Permission.VIEW,
        build=reviews.build,
    ),
    PageEntry(
        path="/dead-letters",
        name="dead_letters",
        icon="report",
        permission=Permission.VIEW,
        build=dead_letters.build,
    ),
    PageEntry(
        path="/lag",
        name="lag",
        icon="query_stats",
        permission=Permission.VIEW,
        build=lag.build,
    ),
    PageEntry(
        path="/publish",
        name="publish",
        icon="send",
        permission=Permission.PUBLISH,
        build=publish.build,
    ),
    PageEntry(
        path="/audit",
        name="audit",
        icon="history",
        permission=Permission.OPERATE,
        build=audit.build,
    ),
)
