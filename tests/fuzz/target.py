"""What a fuzz target is."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Check = Callable[[Any], None]
"""Examines one input; raises where an invariant does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader of input from outside, and what must hold of it whatever comes in."""

    open: Callable[[], AbstractContextManager[Check]]
    """Makes ready what the checks need."""
    inputs: st.SearchStrategy[Any]
    """What is drawn where nothing guides."""
    seeds: Sequence[bytes] = ()
    """Good inputs. A target with seeds takes bytes, which the guided search mutates as they are;
    without, its input is drawn from ``inputs`` by the bytes."""
    tokens: Sequence[bytes] = ()
    """What such inputs are made of; put in by mutations."""


def target_of_bytes(check: Check, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> Target:
    """A target that reads bytes and needs nothing else."""
    return Target(
        open=lambda: nullcontext(check),
        inputs=mutated(seeds, tokens),
        seeds=seeds,
        tokens=tokens,
    )


def target_of(check: Check, inputs: st.SearchStrategy[Any]) -> Target:
    """A target whose inputs are structured, and which needs nothing else."""
    return Target(open=lambda: nullcontext(check), inputs=inputs)


def mutated(seeds: Sequence[bytes], tokens: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Good inputs with some bytes cut out and others put in."""
    edits = st.tuples(
        st.integers(0, 5_000),
        st.integers(0, 12),
        st.sampled_from(list(tokens)) | st.binary(max_size=6),
    )

    def applied(seed: bytes, places: list[tuple[int, int, bytes]]) -> bytes:
        for place, length, put_in in places:
            start = place % (len(seed) + 1)
            seed = seed[:start] + put_in + seed[start + length :]
        return seed

    whole = st.builds(applied, st.sampled_from(list(seeds)), st.lists(edits, max_size=6))
    return whole | st.binary(max_size=200)
