"""The offline model: a real HTTP server on loopback that speaks OpenAI's wire protocol."""
