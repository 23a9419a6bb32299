"""The image without a container engine: its Dockerfile, replayed in overlays of this machine."""

from tests.support.deployment.image.dockerfile import Dockerfile, read_dockerfile
from tests.support.deployment.image.replay import (
    Ignored,
    Image,
    build_image,
    replaying_is_possible,
)

__all__ = [
    "Dockerfile",
    "Ignored",
    "Image",
    "build_image",
    "read_dockerfile",
    "replaying_is_possible",
]
