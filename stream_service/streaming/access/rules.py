"""One ACL: an operation on a resource, as Kafka names and numbers them.

The numbers are those of ``org.apache.kafka.common.acl.AclOperation``, ``ResourceType`` and
``PatternType``.
"""

from dataclasses import dataclass
from enum import IntEnum


class Operation(IntEnum):
    """What may be done."""

    READ = 3
    WRITE = 4
    CREATE = 5
    ALTER = 7
    DESCRIBE = 8
    DESCRIBE_CONFIGS = 10

    @property
    def label(self) -> str:
        """As Kafka's own tool writes it."""
        return self.name.title().replace("_", "")


class ResourceKind(IntEnum):
    """On what."""

    TOPIC = 2
    GROUP = 3
    TRANSACTIONAL_ID = 5

    @property
    def words(self) -> str:
        """As people say it."""
        return self.name.lower().replace("_", " ")

    @property
    def option(self) -> str:
        """The option of Kafka's own tool."""
        return f"--{self.name.lower().replace('_', '-')}"


class Pattern(IntEnum):
    """Whether a name stands for itself or for all that begin with it."""

    LITERAL = 3
    PREFIXED = 4


@dataclass(frozen=True, slots=True, order=True)
class AclRule:
    """An operation that is allowed on a resource."""

    kind: ResourceKind
    name: str
    operation: Operation
    pattern: Pattern = Pattern.LITERAL

    def __str__(self) -> str:
        more = "…" if self.pattern is Pattern.PREFIXED else ""
        return f"{self.operation.label} on {self.kind.words} {self.name}{more}"
