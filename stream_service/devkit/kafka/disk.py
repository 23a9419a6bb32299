"""Room on the disk, looked at before it is needed: Kafka's own message drowns in its log."""

import shutil
from pathlib import Path

from stream_service.devkit.kafka.errors import NoSpaceOnDisk


def require_space(folder: Path, needed_bytes: int) -> None:
    """Raise NoSpaceOnDisk unless the disk of `folder` has that many bytes free."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise NoSpaceOnDisk(folder, needed_bytes, free_bytes)
