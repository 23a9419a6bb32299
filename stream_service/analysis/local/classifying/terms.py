"""Words and short runs of characters, weighed: what a vector of the whole blurs."""

import re
from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np

from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.resources import PACKAGE

LONGEST_RUN = 4
"""Ideographs of a term at most; Chinese words are seldom longer."""

_PIECE = re.compile(r"[\u3400-\u9fff]+|[a-z']+|[?!？！]|\d+")


def terms(text: str) -> list[str]:
    """Runs of one to four ideographs; English words and pairs of neighbours; marks."""
    found: list[str] = []
    before: str | None = None
    for match in _PIECE.finditer(text.lower()):
        piece = match.group()
        if "\u3400" <= piece[0] <= "\u9fff":
            for length in range(1, LONGEST_RUN + 1):
                found += [piece[at : at + length] for at in range(len(piece) - length + 1)]
            before = None
            continue
        # Which number it is says nothing.
        word = "0" if piece[0].isdigit() else piece
        found.append(word)
        if before is not None:
            found.append(f"{before} {word}")
        before = word
    return found


@dataclass(frozen=True, slots=True)
class TermWeights:
    """What training found: one row of numbers a known term, one column a label."""

    examples_hash: str
    labels: tuple[str, ...]
    rows: dict[str, int]
    rarity: Vector
    """By row: the inverse document frequency."""
    weights: Vector
    bias: Vector

    def scores(self, prepared: str) -> Vector:
        """Return a score a label: the terms' weights by how often they stand there, damped."""
        counts: dict[int, int] = {}
        for term in terms(prepared):
            row = self.rows.get(term)
            if row is not None:
                counts[row] = counts.get(row, 0) + 1
        if not counts:
            return self.bias
        at = np.fromiter(counts, dtype=np.intp)
        shares = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.rarity[at]
        shares /= np.sqrt(shares @ shares)
        return (shares @ self.weights[at] + self.bias).astype(np.float32)


def load_term_weights() -> TermWeights:
    """Read the package's weights. Raises FileNotFoundError where there are none."""
    source = files(PACKAGE).joinpath("weights", "category_terms.npz")
    with as_file(source) as path, np.load(path, allow_pickle=False) as stored:
        known = str(stored["terms"]).split("\n")
        return TermWeights(
            examples_hash=str(stored["examples_hash"]),
            labels=tuple(str(label) for label in stored["labels"]),
            rows={term: row for row, term in enumerate(known)},
            rarity=stored["rarity"].astype(np.float32),
            weights=stored["weights"].astype(np.float32),
            bias=stored["bias"].astype(np.float32),
        )
