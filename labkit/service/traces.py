"""Keeps Semantic Kernel from writing into traces what is said."""

from typing import Any

from opentelemetry.trace import NoOpTracer
from semantic_kernel.connectors.ai import chat_completion_client_base
from semantic_kernel.functions import kernel_function
from semantic_kernel.utils.telemetry.agent_diagnostics import decorators as of_agents
from semantic_kernel.utils.telemetry.model_diagnostics import decorators as of_models
from semantic_kernel.utils.telemetry.model_diagnostics import function_tracer

_TRACING: tuple[Any, ...] = (chat_completion_client_base, kernel_function, of_agents, of_models)
_CONFIGURED: tuple[Any, ...] = (of_agents, of_models, function_tracer)


def silence() -> None:
    """Switch SK's own spans off for this process, whatever its environment asks for.

    With SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE they hold questions,
    answers and what tools are given; and without it still the text of errors, which may quote them.
    """
    for module in _TRACING:
        module.tracer = NoOpTracer()
    for module in _CONFIGURED:
        module.MODEL_DIAGNOSTICS_SETTINGS.enable_otel_diagnostics = False
        module.MODEL_DIAGNOSTICS_SETTINGS.enable_otel_diagnostics_sensitive = False
