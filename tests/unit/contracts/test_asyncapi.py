"""The AsyncAPI document holds together, and its examples are what it says."""

import re
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.publish import forgotten_state_record
from stream_service.contracts.schemas.asyncapi import asyncapi_document
from stream_service.contracts.schemas.record_schemas import RECORD_SCHEMAS, record_schema
from stream_service.contracts.topics import DEFAULT_PARTITIONS, Topics
from stream_service.settings.groups import TopicSettings
from tests.support.records import input_record

DOCUMENT = asyncapi_document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
EXEMPLIFIED = [name for name, message in MESSAGES.items() if "examples" in message]


def validator(schema: dict[str, Any]) -> Any:
    resource: Any = Resource(contents=DOCUMENT, specification=DRAFT202012)
    empty: Any = Registry
    registry = empty().with_resource("urn:asyncapi", resource)
    checker: Any = Draft202012Validator
    return checker(
        absolute(schema), registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def absolute(node: Any) -> Any:
    """References into the document by its name, so that a part of it can be used alone."""
    if isinstance(node, dict):
        return {
            key: f"urn:asyncapi{value}" if key == "$ref" else absolute(value)
            for key, value in cast(dict[str, Any], node).items()
        }
    return [absolute(item) for item in cast(list[Any], node)] if isinstance(node, list) else node


def nodes(node: Any, path: str = "#") -> Iterator[tuple[str, Any]]:
    yield path, node
    if isinstance(node, dict):
        for key, value in cast(dict[str, Any], node).items():
            yield from nodes(value, f"{path}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(cast(list[Any], node)):
            yield from nodes(value, f"{path}/{number}")


def resolved(reference: str) -> Any:
    target: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return target


def test_the_document_has_what_asyncapi_3_requires() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["info"]["title"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", DOCUMENT["info"]["version"])
    allowed = {
        "asyncapi",
        "id",
        "info",
        "defaultContentType",
        "channels",
        "operations",
        "components",
    }
    assert set(DOCUMENT) <= allowed


def test_every_reference_points_into_the_document() -> None:
    references = [
        cast(str, node["$ref"])
        for _, node in nodes(DOCUMENT)
        if isinstance(node, dict) and "$ref" in node
    ]
    assert len(references) > 50
    for reference in references:
        assert reference.startswith("#/")
        assert isinstance(resolved(reference), dict), reference


def test_component_names_are_those_that_asyncapi_allows() -> None:
    for name in (*MESSAGES, *SCHEMAS, *DOCUMENT["channels"], *DOCUMENT["operations"]):
        assert re.fullmatch(r"[a-zA-Z0-9.\-_]+", name)


def test_each_topic_is_a_channel() -> None:
    addresses = [channel["address"] for channel in DOCUMENT["channels"].values()]
    created = Topics().specifications()
    assert sorted(addresses) == sorted(specification.name for specification in created)


@pytest.mark.parametrize("name", DOCUMENT["channels"])
def test_a_channel_has_messages_and_its_topic_s_settings(name: str) -> None:
    channel = DOCUMENT["channels"][name]
    assert channel["messages"]
    assert all(
        reference["$ref"].startswith("#/components/messages/")
        for reference in channel["messages"].values()
    )
    binding = channel["bindings"]["kafka"]
    created = {specification.name: specification for specification in Topics().specifications()}
    configuration = {
        key: ",".join(cast(list[str], value)) if isinstance(value, list) else str(value)
        for key, value in binding["topicConfiguration"].items()
    }
    assert configuration == created[channel["address"]].all_configs()
    assert binding["partitions"] == DEFAULT_PARTITIONS


def test_the_partitions_hint_is_what_topics_are_created_with() -> None:
    assert TopicSettings.model_fields["partitions"].default == DEFAULT_PARTITIONS


def test_each_channel_has_one_operation_from_the_service_s_side() -> None:
    actions = {
        resolved(operation["channel"]["$ref"])["address"]: operation["action"]
        for operation in DOCUMENT["operations"].values()
    }
    topics = Topics()
    assert actions == {
        topics.events: "receive",
        topics.review_decisions: "receive",
        topics.replies: "send",
        topics.reviews: "send",
        topics.review_state: "send",
        topics.review_results: "send",
        topics.dead_letters: "send",
    }


def test_an_operation_speaks_of_its_channel_s_messages_only() -> None:
    for operation in DOCUMENT["operations"].values():
        prefix = operation["channel"]["$ref"] + "/messages/"
        assert operation["messages"]
        assert all(message["$ref"].startswith(prefix) for message in operation["messages"])


@pytest.mark.parametrize("name", MESSAGES)
def test_each_message_has_headers_payload_and_key(name: str) -> None:
    message = MESSAGES[name]
    assert message["contentType"]
    assert message["payload"]
    assert message["headers"]
    assert message["bindings"]["kafka"]["key"]["description"]
    for part in ("headers", "payload"):
        Draft202012Validator.check_schema(absolute(message[part]))


def test_every_message_that_a_record_s_model_describes_has_an_example() -> None:
    assert set(MESSAGES) - set(EXEMPLIFIED) == {"feedbackEventEnvelope", "forgottenReview"}


def test_a_forgotten_review_is_a_tombstone() -> None:
    record = forgotten_state_record(Topics(), "e", partition=0)
    message = MESSAGES["forgottenReview"]
    validator(message["payload"]).validate(record.value)
    validator(message["headers"]).validate(dict(record.headers))


@pytest.mark.parametrize("name", EXEMPLIFIED)
def test_an_example_is_what_its_message_says(name: str) -> None:
    message = MESSAGES[name]
    for example in message["examples"]:
        validator(message["payload"]).validate(example["payload"])
        validator(message["headers"]).validate(example["headers"])


@pytest.mark.parametrize("name", ["reply", "reviewItem", "reviewState", "reviewResult"])
def test_headers_of_another_type_are_not_the_message_s(name: str) -> None:
    message = MESSAGES[name]
    headers: dict[str, str] = message["examples"][0]["headers"]
    assert not validator(message["headers"]).is_valid({**headers, "ce_type": "another"})
    without_id = {key: value for key, value in headers.items() if key != "ce_id"}
    assert not validator(message["headers"]).is_valid(without_id)


def test_an_envelope_holds_data_in_one_way() -> None:
    envelope = validator(MESSAGES["feedbackEventEnvelope"]["payload"])
    base = {"specversion": "1.0", "type": "any"}
    assert envelope.is_valid({**base, "data": {"text": "t"}})
    assert envelope.is_valid({**base, "data_base64": "e30="})
    assert not envelope.is_valid({**base, "data": {}})
    assert not envelope.is_valid(base)
    assert not envelope.is_valid({**base, "data": {"text": "t"}, "data_base64": "e30="})
    assert envelope.is_valid(
        {**base, "id": None, "time": None, "data": {"text": "t"}, "data_base64": None}
    )


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({}, True),
        ({"ce_id": "e"}, True),
        ({"ce_specversion": "1.0", "ce_type": "any"}, True),
        ({"ce_specversion": "1.0", "ce_type": "any", "ce_id": "x" * 300, "ce_shop": "7"}, True),
        ({"ce_specversion": "1.0"}, False),
        ({"ce_specversion": "0.3", "ce_type": "any"}, False),
    ],
)
def test_document_and_code_agree_on_an_event_s_headers(
    headers: dict[str, str], admitted: bool
) -> None:
    assert validator(MESSAGES["feedbackEvent"]["headers"]).is_valid(headers) is admitted
    record = input_record(
        b'{"text":"t"}', tuple((name, value.encode()) for name, value in headers.items())
    )
    with nullcontext() if admitted else pytest.raises(InvalidRecord):
        decode_event(record)


@pytest.mark.parametrize("record", RECORD_SCHEMAS, ids=lambda record: record.name)
def test_a_component_has_the_fields_of_the_record_s_own_document(record: Any) -> None:
    alone = record_schema(record)
    component = SCHEMAS[alone["title"]]
    if "$ref" in component:
        component = resolved(component["$ref"])
    assert list(component["properties"]) == list(alone["properties"])
    assert component["required"] == alone["required"]
