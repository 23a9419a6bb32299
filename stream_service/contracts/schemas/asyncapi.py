"""The AsyncAPI 3.0 document: topics, who sends and who receives, messages, headers, keys.

It stands by itself: the record schemas are in it, under ``components``, in the words that
AsyncAPI's own schema format shares with JSON Schema 2020-12.
"""

import json
from typing import cast

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from stream_service.contracts.schemas.channels import (
    SCHEMAS,
    Channel,
    Message,
    channels,
    feedback_event_envelope,
)
from stream_service.contracts.schemas.compatibility import Role
from stream_service.contracts.schemas.record_schemas import (
    DEAD_LETTER_HEADERS,
    RECORD_SCHEMAS,
    JsonObject,
    WireSchemaGenerator,
    dead_letter_headers,
    plainly_described,
)
from stream_service.contracts.topics import DEFAULT_PARTITIONS, Topics, TopicSpecification

CONTRACTS_VERSION = "1.0.0"
"""Of the document: the major number is that of the records' types."""

_KAFKA_BINDING_VERSION = "0.5.0"


def asyncapi_document() -> JsonObject:
    """The whole document."""
    topics = {specification.name: specification for specification in Topics().specifications()}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:stream-service",
        "info": {
            "title": "stream-service",
            "version": CONTRACTS_VERSION,
            "description": (
                "Customer feedback in over Kafka, judged; replies and human-review items out, "
                "exactly once. Topic names stand behind a prefix that the service is configured "
                "with; here it is empty. Read the outputs with isolation.level=read_committed. "
                "Unknown fields pass on both sides; a breaking change gets a new major version "
                "in the type."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            channel.name: _channel(channel, topics[channel.topic]) for channel in channels()
        },
        "operations": {channel.operation: _operation(channel) for channel in channels()},
        "components": {
            "messages": {
                message.name: _message(message)
                for channel in channels()
                for message in channel.messages
            },
            "schemas": _component_schemas(),
        },
    }


def _channel(channel: Channel, specification: TopicSpecification) -> JsonObject:
    configuration: JsonObject = {"max.message.bytes": specification.max_message_bytes}
    if "retention.ms" in specification.configs:
        configuration["retention.ms"] = int(specification.configs["retention.ms"])
    if "cleanup.policy" in specification.configs:
        configuration["cleanup.policy"] = specification.configs["cleanup.policy"].split(",")
    return {
        "address": channel.topic,
        "title": channel.title,
        "description": channel.description,
        "messages": {
            message.name: {"$ref": f"#/components/messages/{message.name}"}
            for message in channel.messages
        },
        "bindings": {
            "kafka": {
                "topic": channel.topic,
                "partitions": DEFAULT_PARTITIONS,
                "topicConfiguration": configuration,
                "bindingVersion": _KAFKA_BINDING_VERSION,
            }
        },
    }


def _operation(channel: Channel) -> JsonObject:
    return {
        "action": "receive" if channel.role is Role.INPUT else "send",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.operation_summary,
        "messages": [
            {"$ref": f"#/channels/{channel.name}/messages/{message.name}"}
            for message in channel.messages
        ],
    }


def _message(message: Message) -> JsonObject:
    document: JsonObject = {
        "name": message.name,
        "title": message.title,
        "summary": message.summary,
        "contentType": message.content_type,
        "headers": message.headers,
        "payload": message.payload,
        "bindings": {
            "kafka": {
                "key": {"type": ["string", "null"], "description": message.key},
                "bindingVersion": _KAFKA_BINDING_VERSION,
            }
        },
    }
    if message.example is not None:
        document["examples"] = [
            {
                "name": message.name,
                "headers": {
                    name: (value or b"").decode() for name, value in message.example.headers
                },
                "payload": json.loads(message.example.value or b"null"),
            }
        ]
    return document


def _component_schemas() -> JsonObject:
    modelled = [record for record in RECORD_SCHEMAS if record is not DEAD_LETTER_HEADERS]
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (record.model, record.mode) for record in modelled
    ]
    references, bundle = models_json_schema(
        wanted, ref_template=SCHEMAS + "{model}", schema_generator=WireSchemaGenerator
    )
    schemas: JsonObject = plainly_described(bundle["$defs"])
    for record in modelled:
        reference = cast(str, references[record.model, record.mode]["$ref"])
        # What only one of both modes has keeps the model's own name.
        schemas.setdefault(record.component, {"$ref": reference})
    schemas["DeadLetterHeaders"] = dead_letter_headers()
    schemas["FeedbackEventEnvelope"] = feedback_event_envelope()
    return dict(sorted(schemas.items()))
