"""Records as anybody may publish them, for property tests and fuzzing."""

from typing import Any

from hypothesis import strategies as st

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import Headers

FIELDS = [*FeedbackEvent.model_fields, "specversion", "type", "data", "data_base64", "id", "time"]

characters = st.text(st.characters(exclude_categories=()), max_size=12)
moments = st.sampled_from(
    ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30", "1e9", "\ud800"]
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | characters | moments | st.just("1.0"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | characters, inner, max_size=4)
    ),
    max_leaves=8,
)
documents: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(FIELDS, values),
        "text": st.just("t") | values,
        "occurred_at": moments | values,
        "attributes": st.dictionaries(characters, values, max_size=4) | values,
    },
)
header_names = st.sampled_from(
    ["ce_specversion", "CE_Type", "ce_id", "ce_time", "content-type", "traceparent", "x"]
)
header_contents = st.one_of(
    st.none(),
    st.binary(max_size=8),
    st.sampled_from([b"1.0", b"application/cloudevents+json", b"0001-01-01T00:00:00+23:59"]),
)
headers: st.SearchStrategy[Headers] = st.lists(
    st.tuples(header_names, header_contents), max_size=4
).map(tuple)
