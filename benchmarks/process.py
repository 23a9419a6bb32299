"""What a process has used: CPU and memory, as Linux counts them."""

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of CPU that the process has used, in user and system mode."""
    # Behind the command's name, which may hold anything, in brackets.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def peak_memory_mb(pid: int) -> float:
    """The most memory that the process has held at once, in MB."""
    return _status_mb(pid, "VmHWM")


def memory_mb(pid: int) -> float:
    """The memory that the process holds now, in MB."""
    return _status_mb(pid, "VmRSS")


def own_memory_mb(pid: int) -> float:
    """What of it is the process's alone: without the pages of files that it has mapped, in MB."""
    return _status_mb(pid, "RssAnon")


def _status_mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024 / 1e6
    raise OSError(f"process {pid} does not tell its memory")
