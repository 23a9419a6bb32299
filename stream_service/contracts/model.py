"""The base of every wire model."""

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from stream_service.contracts.attribute_docstrings import attribute_docstrings


class WireModel(BaseModel):
    """A record value. Unknown fields pass, so that a newer producer is never refused."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        coerce_numbers_to_str=True,
        ser_json_inf_nan="null",
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> JsonSchemaValue:
        """The schema, with what stands below each field as its description.

        Here, where a schema is asked for: pydantic's own ``use_attribute_docstrings`` reads the
        source of every model whenever it is imported, 0.1 seconds of every start.
        """
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in attribute_docstrings(cls, below=WireModel).items():
            if name in properties:
                properties[name].setdefault("description", text)
        return schema
