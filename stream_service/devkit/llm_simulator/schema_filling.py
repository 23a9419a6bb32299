"""A valid instance of a JSON Schema, filled with what the model has to say where it fits.

Every keyword that pydantic writes is obeyed, except ``pattern``: no text is made for it.
"""

from collections.abc import Mapping
from typing import Any, cast

from stream_service.devkit.llm_simulator.known_fields import NOTHING, known_value
from stream_service.devkit.llm_simulator.reading import CueReading
from stream_service.devkit.llm_simulator.schema_reading import DEEPEST, Schema, resolved, type_of

_CATEGORY_WORDS = {
    "complaint": ("complain", "apolog", "investigat", "appease", "problem", "negative"),
    "praise": ("prais", "thank", "compliment", "positive"),
    "question": ("question", "answer", "ask", "inquir", "information"),
    "other": ("other", "unknown", "none"),
}
"""Parts of words by which a value of an enumeration fits a category."""

_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "email": "nobody@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def fill_schema(schema: Schema, reading: CueReading, overrides: Mapping[str, Any]) -> Any:
    """The instance; a property that ``overrides`` names has that value, valid or not."""
    return _Filler(schema, reading, overrides).fill(schema, NOTHING, 0)


class _Filler:
    def __init__(self, root: Schema, reading: CueReading, overrides: Mapping[str, Any]) -> None:
        self._root = root
        self._reading = reading
        self._overrides = overrides

    def fill(self, schema: Schema, wish: Any, depth: int) -> Any:
        schema = resolved(schema, self._root, wish)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choose(schema["enum"], _word(wish))
        match type_of(schema, wish):
            case "object":
                return self._object(schema, wish, depth)
            case "array":
                return self._array(schema, wish, depth)
            case "string":
                return _string(schema, wish)
            case "number":
                return _number(schema, wish, step=0.01)
            case "integer":
                return round(_number(schema, wish, step=1))
            case "boolean":
                return wish if isinstance(wish, bool) else False
            case _:
                return None

    def _object(self, schema: Schema, wish: Any, depth: int) -> dict[str, Any]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = [str(name) for name in schema.get("required", ())]
        filled: dict[str, Any] = {}
        for name, part in properties.items():
            if name in self._overrides:
                filled[name] = self._overrides[name]
                continue
            inner = self._wish(name, wish)
            if name in required or (inner is not NOTHING and depth < DEEPEST):
                filled[name] = self.fill(part, inner, depth + 1)
        return {**filled, **{name: None for name in required if name not in filled}}

    def _wish(self, name: str, outer: Any) -> Any:
        if isinstance(outer, dict) and name in outer:
            return cast("dict[str, Any]", outer)[name]
        if isinstance(outer, str | float) and "confidence" not in name:
            # {"category": {"value": …, "confidence": …}}, {"confidence": {"category": …}}: what the
            # outer name says belongs inside.
            return outer
        return known_value(name, self._reading)

    def _array(self, schema: Schema, wish: Any, depth: int) -> list[Any]:
        wishes = cast("list[Any]", wish) if isinstance(wish, list) and depth < DEEPEST else []
        wishes = wishes[: schema.get("maxItems")]
        missing = [NOTHING] * (schema.get("minItems", 0) - len(wishes))
        return [self.fill(schema.get("items") or {}, one, depth + 1) for one in wishes + missing]

    def _choose(self, values: list[Any], wish: Any) -> Any:
        if wish in values:
            return wish
        words = _CATEGORY_WORDS[self._reading.category]
        named = (value for part in words for value in values if part in str(value).lower())
        return next(named, values[0])


def _word(wish: Any) -> Any:
    """A scalar; of an object its first value, which is the word it is about."""
    return next(iter(cast("dict[str, Any]", wish).values()), "") if isinstance(wish, dict) else wish


def _number(schema: Schema, wish: Any, *, step: float) -> float:
    if isinstance(wish, dict):
        wish = cast("dict[str, Any]", wish).get("score")
    value = wish if isinstance(wish, int | float) and not isinstance(wish, bool) else 0
    infinite = float("inf")
    low = max(schema.get("minimum", -infinite), schema.get("exclusiveMinimum", -infinite) + step)
    high = min(schema.get("maximum", infinite), schema.get("exclusiveMaximum", infinite) - step)
    return min(max(value, low), high)


def _string(schema: Schema, wish: Any) -> str:
    word = _word(wish)
    text = word if isinstance(word, str) else _FORMATS.get(schema.get("format", ""), "")
    text = text[: schema.get("maxLength")]
    return text + "-" * (schema.get("minLength", 0) - len(text))
