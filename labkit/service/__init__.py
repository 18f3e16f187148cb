"""The streaming service: a Semantic Kernel agent that answers over SSE, ready to be deployed."""
