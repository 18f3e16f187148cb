"""Semantic Kernel over the offline model: its services, a kernel with the shop's tools, a history.

Import it within a test: it takes two seconds, and the other tests need none of it.
"""

import json
from typing import Annotated, Any

from openai import AsyncOpenAI
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import (
    OpenAIChatCompletion,
    OpenAIChatPromptExecutionSettings,
)
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function

from labkit.outdoor import TOOL_FUNCTIONS


class Shop:
    """The shop's search as a plugin, or as a tool; `calls` are the arguments that it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float | None]] = []

    @kernel_function(description="Search the shop's products by category.")
    def search_products(
        self,
        category: Annotated[str, "Product category, such as tents"],
        max_price: Annotated[float | None, "Highest price in dollars"] = None,
    ) -> str:
        """Search the shop's products by category."""
        self.calls.append((category, max_price))
        return json.dumps(TOOL_FUNCTIONS["search_products"](category, max_price))


def client_of(url: str, fault: str = "") -> AsyncOpenAI:
    """Return a client for the event loop it is used in; `fault` is what the model shows it."""
    headers = {"x-labkit-fault": fault} if fault else {}
    return AsyncOpenAI(
        base_url=f"{url}/v1", api_key="sk-any", max_retries=0, default_headers=headers
    )


def service_of(client: AsyncOpenAI) -> OpenAIChatCompletion:
    """Return a chat service over `client`."""
    return OpenAIChatCompletion(ai_model_id="gpt-4o-mini", async_client=client)


def kernel_of(client: AsyncOpenAI) -> Kernel:
    """Return a kernel with a chat service over `client`, and the shop as a plugin."""
    kernel = Kernel()
    kernel.add_service(service_of(client))
    kernel.add_plugin(Shop(), plugin_name="shop")
    return kernel


def auto() -> OpenAIChatPromptExecutionSettings:
    """Return settings with which the kernel runs the tools that the model calls."""
    return OpenAIChatPromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())


def history(question: str) -> ChatHistory:
    """Return a history that ends with `question`."""
    said: Any = ChatHistory(system_message="You are a friendly outdoor gear advisor.")
    said.add_user_message(question)
    return said
