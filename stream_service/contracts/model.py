"""The base of every wire model."""

from pydantic import BaseModel, ConfigDict


class WireModel(BaseModel):
    """A record value. Unknown fields pass, so that a newer producer is never refused."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        coerce_numbers_to_str=True,
        ser_json_inf_nan="null",
        use_attribute_docstrings=True,
    )
