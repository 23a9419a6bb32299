"""The language model: any OpenAI-compatible endpoint, through langchain-openai."""
