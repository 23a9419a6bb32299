"""The type of a sentence vector."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""One row of numbers, of one text or one label each."""
