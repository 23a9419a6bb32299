"""What is kept of a run that failed: its faults, the workers' words, the events' coordinates."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.chaos.checker import Findings, Input, Place


class Evidence:
    """A folder that is filled during the run and removed when the run was faultless."""

    def __init__(self, name: str, heading: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"stream-service-{name}-"))
        self._began = time.time()
        self._timeline = (self.folder / "timeline.txt").open("w", encoding="utf-8", buffering=1)
        self._timeline.write(f"{heading}\n")
        self.events = 0

    def tell(self, what: str) -> None:
        """Add a line to the timeline; the first number is the workers' own clock."""
        now = time.time()
        self._timeline.write(f"{now:.3f} {now - self._began:8.3f} {what}\n")

    def keep(self, findings: Findings, complaints: Iterable[str], inputs: Iterable[Input]) -> None:
        """Write down what is wrong, and what every worker said of the events concerned."""
        numbers = {event.place: event.number for event in inputs}

        def name(place: Place) -> str:
            return f"{place} (event {numbers.get(place, 'unknown')})"

        lines = [f"complaint: {complaint}" for complaint in complaints]
        lines += [f"lost: {name(event.place)} key {event.key!r}" for event in findings.lost]
        for same in findings.duplicated:
            outputs = ", ".join(f"{output.place}" for output in same)
            lines.append(f"duplicated: {name(same[0].source)} has outputs at {outputs}")
        for before, output in findings.out_of_order:
            lines.append(f"out of order: {name(output.source)} stands behind {name(before.source)}")
        lines += [f"wrong kind: {name(output.source)}" for output in findings.wrong_kind]
        lines += [f"stray: output at {output.place}" for output in findings.strays]
        for partition, state in findings.uncommitted.items():
            lines.append(f"uncommitted: partition {partition}: {state}")
        places = {str(event.place) for event in findings.lost}
        places |= {str(same[0].source) for same in findings.duplicated}
        lines += ["", "what the workers said of the lost and duplicated:"]
        lines += self._said_of(places)
        (self.folder / "findings.txt").write_text("\n".join(lines) + "\n", "utf-8")

    def _said_of(self, places: set[str]) -> list[str]:
        said: list[str] = []
        for log in sorted(self.folder.glob("worker-*.log")):
            for line in log.read_text("utf-8", errors="replace").splitlines():
                if '"what": "published"' not in line:
                    continue
                told = json.loads(line)
                if f"{told['partition']}/{told['offset']}" in places:
                    said.append(f"{log.stem}: {line}")
        return said

    def close(self, *, keep: bool) -> None:
        """End the timeline; without ``keep`` the folder goes."""
        self._timeline.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
