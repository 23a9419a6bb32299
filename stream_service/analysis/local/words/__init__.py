"""The words of a text, in English and Chinese, and which of them carry it."""
