"""The replies that the simulated model drafts."""

from stream_service.devkit.llm_simulator.reading import CueReading

_ENGLISH = {
    "complaint": "We are sorry for the trouble that you describe, and thank you for telling us. "
    "We are looking into it with the team.",
    "praise": "Thank you very much for your kind words. We have passed them on to the team, and "
    "we look forward to seeing you again.",
    "question": "Thank you for your question. We have noted it and will answer it with the "
    "details as soon as we have checked them.",
    "other": "Thank you for writing to us. We have read your message and are glad to help if "
    "there is anything that you need.",
}
_CHINESE = {
    "complaint": "非常抱歉给您带来了不好的体验，感谢您告诉我们。"
    "我们已经记录您反映的问题，正在与相关同事核实。",
    "praise": "非常感谢您的肯定！我们已经把您的鼓励转达给团队，期待再次为您服务。",
    "question": "感谢您的咨询。我们已经记下您的问题，核实之后会给您准确的答复。",
    "other": "感谢您的留言，我们已经收到。如果有需要我们帮忙的地方，请随时告诉我们。",
}


def draft_reply(reading: CueReading) -> str:
    """A reply in the text's language: Chinese for Chinese, else English."""
    return (_CHINESE if reading.language == "zh" else _ENGLISH)[reading.category]
