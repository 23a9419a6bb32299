"""All documents by their file names, and how they are written down."""

import json

from stream_service.contracts.schemas.asyncapi import asyncapi_document
from stream_service.contracts.schemas.record_schemas import (
    RECORD_SCHEMAS,
    JsonObject,
    record_schema,
)

ASYNCAPI_FILE = "asyncapi.json"


def record_documents() -> dict[str, JsonObject]:
    """The schema of each record by its file name."""
    return {record.file_name: record_schema(record) for record in RECORD_SCHEMAS}


def all_documents() -> dict[str, JsonObject]:
    """Every document by its file name."""
    return {**record_documents(), ASYNCAPI_FILE: asyncapi_document()}


def as_text(document: JsonObject) -> str:
    """``document`` as it stands in its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
