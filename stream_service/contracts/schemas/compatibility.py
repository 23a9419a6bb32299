"""Whether a record's schema may take an older one's place without a new major version.

Two parties live on while the service changes: publishers of its INPUT records, subscribers of its
OUTPUT records. In both cases what one side writes must be understood by the other that reads it:
an old publisher writes for the new service, the new service writes for an old subscriber. Unknown
fields pass on both sides. Hence a change is incompatible when

1. a field is required by the reader that the writer need not give (input: a new required field, an
   optional one that became required; output: a required one that became optional);
2. a field is gone, even an optional one: what publishers give would be dropped without a word, and
   what subscribers look for would be missing;
3. the writer may give a type that the reader refuses (an integer is a number too);
4. the writer may give a value that is not among the reader's fixed values (input: a value less;
   output: a value more);
5. the writer's values may lie outside the reader's limits (length, size, range, count);
6. any other constraint of the reader's (pattern, format, conditions …) is not the writer's too.

The same holds inside of objects, of arrays' items and of maps' names and values. Allowed are: a new
optional field of an input, any new field of an output, wider limits of an input and tighter ones of
an output, and words (title, description, default, examples).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

Schema = Mapping[str, Any]


class Role(StrEnum):
    """Who writes a record, seen from the service."""

    INPUT = "input"
    OUTPUT = "output"


def incompatible_changes(old: Schema, new: Schema, role: Role) -> list[str]:
    """What breaks old publishers (input) or old subscribers (output), a sentence each.

    Both are complete schemas whose references lie inside themselves and never in a circle.
    """
    return list(_Comparison(role, old, new).changes(old, new, ""))


_WORDS = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples"})
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_NESTED = ("items", "propertyNames", "additionalProperties")
_COMPARED = frozenset(
    {"type", "enum", "const", "properties", "required", "anyOf", *_UPPER, *_LOWER, *_NESTED}
)


@dataclass(frozen=True, slots=True)
class _Comparison:
    role: Role
    old_document: Schema
    new_document: Schema

    def changes(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        olds = _alternatives(old, self.old_document)
        news = _alternatives(new, self.new_document)
        for written in olds if self.role is Role.INPUT else news:
            pairs = (
                [(written, read) for read in news]
                if self.role is Role.INPUT
                else [(read, written) for read in olds]
            )
            # Whichever alternative reads it with the least trouble is the one that is meant.
            yield from min((list(self._single(*pair, path)) for pair in pairs), key=len)

    def _single(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        if trouble := self._types(old, new):
            yield f"{path or 'record'}: {trouble}"
            return
        written, read = self._written_and_read(old, new)
        if trouble := self._fixed_values(written, read):
            yield f"{path or 'record'}: {trouble}"
        for keyword in (*_UPPER, *_LOWER):
            if _is_beyond(keyword, written.get(keyword), read.get(keyword)):
                yield self._changed(keyword, old, new, path)
        for keyword in sorted(read.keys() - _COMPARED - _WORDS):
            if written.get(keyword) != read[keyword]:
                yield self._changed(keyword, old, new, path)
        yield from self._fields(old, new, path)
        yield from self._nested(old, new, path)

    def _types(self, old: Schema, new: Schema) -> str | None:
        written, read = (_types(side) for side in self._written_and_read(old, new))
        if read is None or (written is not None and all(_reads(read, kind) for kind in written)):
            return None
        return f"the type was {_named(_types(old))} and is {_named(_types(new))}"

    def _fixed_values(self, written: Schema, read: Schema) -> str | None:
        known, given = _fixed_values(read), _fixed_values(written)
        if known is None:
            return None
        if given is None:
            return "is limited to fixed values for one side only"
        surplus = [value for value in given if value not in known]
        if not surplus:
            return None
        verb = "no longer has" if self.role is Role.INPUT else "has the new"
        return f"{verb} {', '.join(map(repr, surplus))}"

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        gone = [name for name in before if name not in after]
        for name in gone:
            yield f"{_below(path, name)}: the field is gone"
        written, read = self._written_and_read(old, new)
        for name in read.get("required", ()):
            if name not in written.get("required", ()) and name not in gone:
                verb = "is now required" if self.role is Role.INPUT else "may now be missing"
                yield f"{_below(path, name)}: the field {verb}"
        for name in before:
            if name in after:
                yield from self.changes(before[name], after[name], _below(path, name))

    def _nested(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        for keyword in _NESTED:
            before, after = old.get(keyword, True), new.get(keyword, True)
            if before == after:
                continue
            written, read = self._written_and_read(before, after)
            if read is False or written is False:
                if read is False:
                    yield self._changed(keyword, old, new, path)
                continue
            yield from self.changes(_as_schema(before), _as_schema(after), f"{path} ({keyword})")

    def _changed(self, keyword: str, old: Schema, new: Schema, path: str) -> str:
        was, now = (side.get(keyword, "not there") for side in (old, new))
        return f"{path or 'record'}: {keyword} was {was} and is {now}"

    def _written_and_read(self, old: Any, new: Any) -> tuple[Any, Any]:
        return (old, new) if self.role is Role.INPUT else (new, old)


def _alternatives(schema: Schema, document: Schema) -> list[Schema]:
    schema = _resolved(schema, document)
    if "anyOf" not in schema:
        return [schema]
    common = {key: value for key, value in schema.items() if key != "anyOf"}
    return [
        {**common, **alternative}
        for branch in schema["anyOf"]
        for alternative in _alternatives(branch, document)
    ]


def _resolved(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = document
        for part in cast(str, schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _types(schema: Schema) -> frozenset[str] | None:
    kinds = schema.get("type")
    return None if kinds is None else frozenset([kinds] if isinstance(kinds, str) else kinds)


def _reads(types: frozenset[str], kind: str) -> bool:
    return kind in types or (kind == "integer" and "number" in types)


def _named(types: frozenset[str] | None) -> str:
    return "any" if types is None else " or ".join(sorted(types))


def _fixed_values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _is_beyond(keyword: str, written: float | None, read: float | None) -> bool:
    if read is None:
        return False
    if written is None:
        return True
    return written > read if keyword in _UPPER else written < read


def _as_schema(value: bool | Schema) -> Schema:
    return {} if isinstance(value, bool) else value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
