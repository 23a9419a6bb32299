"""The judgement: state, nodes, routing and build of the LangGraph graph."""
