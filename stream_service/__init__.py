"""Customer feedback in over Kafka, judged by a LangGraph graph, out exactly once."""
