"""The folder that holds a cluster: its identity and ports, and one folder for each node."""

import base64
import json
import uuid
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from stream_service.devkit.kafka import file_lock
from stream_service.devkit.kafka.errors import DataFolderUnusable
from stream_service.devkit.kafka.server_properties import NodeAddress

IDENTITY_FILE = "cluster.json"


@dataclass(frozen=True, slots=True)
class ClusterIdentity:
    """What a cluster keeps over restarts: its id, and its nodes' ports."""

    cluster_id: str
    nodes: tuple[NodeAddress, ...]


def new_cluster_id() -> str:
    """Return an id as Kafka writes them: 16 random bytes in URL-safe base64 without padding."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        # A leading dash would be taken for an option of Kafka's tools.
        if not text.startswith("-"):
            return text


@contextmanager
def held(folder: Path) -> Generator[None]:
    """Make the folder if need be and hold it for one cluster; raises DataFolderUnusable."""
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(file_lock.exclusive(folder / ".lock", timeout_s=0.0))
        except file_lock.LockHeld as error:
            raise DataFolderUnusable(folder, "another broker runs on it") from error
        except OSError as error:
            raise DataFolderUnusable(folder, error.strerror or str(error)) from error
        yield


def read_identity(folder: Path, brokers: int) -> ClusterIdentity | None:
    """Return the identity of the cluster that lives in the folder, or None in a new folder.

    Raises DataFolderUnusable when the folder is another size of cluster's, or its identity damaged.
    """
    try:
        stored = cast("dict[str, Any]", json.loads((folder / IDENTITY_FILE).read_text("utf-8")))
        nodes = tuple(NodeAddress(**node) for node in stored["nodes"])
        identity = ClusterIdentity(str(stored["cluster_id"]), nodes)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise DataFolderUnusable(folder, f"{IDENTITY_FILE} is damaged") from error
    if len(nodes) != brokers:
        reason = f"it was made for a cluster of {len(nodes)}, not of {brokers}"
        raise DataFolderUnusable(folder, reason)
    return identity


def write_identity(folder: Path, identity: ClusterIdentity) -> None:
    """Keep an identity for the next start; a crash leaves the old one or the new."""
    draft = folder / f"{IDENTITY_FILE}.new"
    draft.write_text(json.dumps(asdict(identity), indent=2), "utf-8")
    draft.replace(folder / IDENTITY_FILE)


def last_lines(files: Sequence[Path], count: int) -> str:
    """Return the last lines of some log files, as they stand."""
    lines: list[str] = []
    for file in files:
        if file.exists():
            lines += file.read_text("utf-8", errors="replace").splitlines()[-count:]
    return "\n".join(lines)
