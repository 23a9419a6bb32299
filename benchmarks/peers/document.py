"""The generated parts of docs/peers.md."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.catalogue import BY_NAME, CONTENDERS
from benchmarks.peers.leading import Results, Row, rows_behind
from benchmarks.peers.picture import draw
from benchmarks.peers.situations import CALL_S, SITUATIONS, STEADY_PER_S, Figures
from benchmarks.peers.stage import IN_FLIGHT

DOCUMENT = Path(__file__).parents[2] / "docs" / "peers.md"
PICTURE = DOCUMENT.with_suffix(".svg")

_BEGIN = "<!-- {}: written by python -m benchmarks.peers --write-docs -->"
_END = "<!-- end of the {} -->"

_HEADINGS = (
    "events/s",
    "CPU ms an event",
    "p50 ms",
    "p99 ms",
    "lost",
    "duplicated",
    "out of order",
    "not done in time",
)


def write(document: Mapping[str, Any]) -> None:
    """Put the figures of one run's JSON into the document and the picture."""
    results = results_of(document)
    text = DOCUMENT.read_text("utf-8")
    text = _with(text, "set-up", _set_up())
    text = _with(text, "figures", _lines(results, document))
    DOCUMENT.write_text(text, "utf-8")
    draw(results, PICTURE)


def _with(text: str, name: str, lines: Iterable[str]) -> str:
    begin, end = _BEGIN.format(name), _END.format(name)
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{DOCUMENT.name} lacks the lines between which its {name} stands")
    return f"{before}{begin}\n\n{chr(10).join(lines)}\n\n{end}{after}"


def _set_up() -> Iterator[str]:
    yield "| contender | promise | set-up | advised in |"
    yield "| --- | --- | --- | --- |"
    for one in CONTENDERS:
        yield f"| {one.title} | {one.promise} | {one.set_up} | {one.advised} |"


def results_of(document: Mapping[str, Any]) -> Results:
    """The figures again, out of the JSON."""
    return {
        name: {
            situation: Figures(**figures) for situation, figures in document["peers"][name].items()
        }
        for name in document["peers"]
    }


def _lines(results: Results, document: Mapping[str, Any]) -> Iterator[str]:
    machine = document["machine"]
    if machine["load_before"] > machine["cores"] / 2:
        yield "**Provisional: the machine was busy with other things.**\n"
    yield (
        f"One run of {document['seconds']:.0f} s on {machine['cores']} cores ({machine['cpu']}, "
        f"{machine['memory_gb']:.0f} GB, {machine['system']}), Python {machine['python']}, Kafka "
        f"{machine['kafka']}; load average before it {machine['load_before']:.1f}. Versions: "
        + ", ".join(_versions(document["versions"]))
        + "."
    )
    yield f"\n![Figures of all contenders in all situations]({PICTURE.name})"
    for situation, measure in SITUATIONS.items():
        yield f"\n### {situation.replace('_', ' ').capitalize()}\n"
        yield f"{' '.join((measure.__doc__ or '').split())}\n"
        yield f"| | {' | '.join(_HEADINGS)} |"
        yield "| --- |" + " --- |" * len(_HEADINGS)
        for one in CONTENDERS:
            if one.name in results:
                title = f"**{one.title}**" if one.is_ours else one.title
                yield f"| {title} | {' | '.join(_cells(results[one.name][situation]))} |"
    if (alone := document.get("judge_alone")) is not None:
        yield "\n### The judge alone\n"
        yield (
            f"Without Kafka it takes {alone['one_by_one_ms']:.1f} ms CPU of an event "
            f"where events come one by one, {STEADY_PER_S:.0f} a second, and "
            f"{alone['together_ms']:.1f} ms where {IN_FLIGHT} come at once. What a contender takes "
            "beyond that is its own."
        )
    if (ways := document.get("way_alone_ms")) is not None:
        yield "\n### The way alone\n"
        yield (
            f"And without a judge, where each event waits {CALL_S:g} s instead, in a steady stream "
            f"of {STEADY_PER_S:.0f} a second, CPU ms an event:\n"
        )
        yield "| | CPU ms an event |"
        yield "| --- | --- |"
        for one in CONTENDERS:
            yield f"| {f'**{one.title}**' if one.is_ours else one.title} | {ways[one.name]:.1f} |"
    behind = list(rows_behind(results))
    yield "\n### Where a peer is ahead\n"
    yield from _table(behind)


def _versions(versions: Mapping[str, str]) -> Sequence[str]:
    by_package = {BY_NAME[name].distribution: version for name, version in versions.items()}
    return [f"{package} {version}" for package, version in by_package.items()]


def _cells(figures: Figures) -> Sequence[str]:
    return (
        f"{figures.events_per_s:.1f}",
        f"{figures.cpu_ms_per_event:.1f}",
        f"{figures.p50_ms:,.0f}",
        f"{figures.p99_ms:,.0f}",
        str(figures.lost),
        str(figures.duplicated),
        str(figures.out_of_order),
        str(figures.unfinished),
    )


def _table(behind: Sequence[Row]) -> Iterator[str]:
    if not behind:
        yield "Nowhere."
        return
    yield "| situation | figure | peer | theirs | ours | trade-off |"
    yield "| --- | --- | --- | --- | --- | --- |"
    reasons = list(dict.fromkeys(row.reason for row in behind if row.reason is not None))
    for row in behind:
        number = "none" if row.reason is None else reasons.index(row.reason) + 1
        yield (
            f"| {row.situation} | {row.metric} | {BY_NAME[row.peer].title} | {row.theirs:g} | "
            f"{row.ours:g} | {number} |"
        )
    for number, reason in enumerate(reasons, 1):
        yield f"\n{number}. {reason}"
