"""Counting tokens without asking anybody.

Tokenizers fetch their tables over the network when first used (langgraph#4218), and every endpoint
has its own. An estimate that errs upwards is enough to keep within a rate and a context.
"""

import re

_WORDLY = re.compile(r"[\u2e80-\U0003ffff]")

CHARACTERS_A_TOKEN = 3.5
"""English has about 4 characters a token with today's vocabularies."""


def estimated_tokens(text: str) -> int:
    """About how many tokens ``text`` has: one a character in Chinese, else by its length."""
    single = len(_WORDLY.findall(text))
    return single + int((len(text) - single) / CHARACTERS_A_TOKEN) + 1
