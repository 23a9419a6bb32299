"""Long texts: the head and the tail are read, for that is where people say what they want."""

from stream_service.analysis.llm.prompting.tokens import estimated_tokens

TEXT_SHORTENED = "text_shortened"
"""Note of an analysis whose text was not read whole."""

HEAD_SHARE = 0.7


def shortened(text: str, most_tokens: int) -> tuple[str, bool]:
    """Return ``text`` within ``most_tokens``, and whether something was left out of it."""
    tokens = estimated_tokens(text)
    if tokens <= most_tokens:
        return text, False
    # The text's own density, so that Chinese and English are cut alike.
    characters = max(2, int(len(text) * most_tokens / tokens))
    head = max(1, int(characters * HEAD_SHARE))
    tail = max(1, characters - head)
    left_out = len(text) - head - tail
    return f"{text[:head]}\n[… {left_out} characters left out …]\n{text[-tail:]}", True
