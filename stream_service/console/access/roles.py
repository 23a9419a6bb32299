"""Roles, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a request may need."""

    PUBLISH = "publish"
    """Post feedback, have it judged, and ask what became of it."""
    VIEW = "view"
    """See reviews, dead letters, lag, totals and the streams."""
    DECIDE = "decide"
    """Decide reviews."""
    OPERATE = "operate"
    """Send dead letters back, and read the audit log."""


class Role(StrEnum):
    """What a token is given."""

    PUBLISHER = "publisher"
    VIEWER = "viewer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


PERMISSIONS = {
    Role.PUBLISHER: frozenset({Permission.PUBLISH}),
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.REVIEWER: frozenset({Permission.VIEW, Permission.DECIDE}),
    Role.OPERATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks."""

    name: str
    """As it stands in decisions and in the audit log."""
    role: Role

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in PERMISSIONS[self.role]


LOCAL = Principal("local", Role.OPERATOR)
"""Whoever sits at the machine, where nobody is asked for a token."""
