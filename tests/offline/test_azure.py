"""Azure's paths, by hand and through the clients that call them."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI

from labkit.outdoor import TOOLS, search_products
from labkit.serving import Server
from tests.offline.wire import chunks, text

VERSION = {"api-version": "2024-10-21"}
DEPLOYED = "/openai/deployments/gpt-4o-mini/chat/completions"
ONE_CALL = "Search for tents under 250 dollars"


def asking(question: str = "How do I pack a backpack?", **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question}], **more}


def azure(server: Server) -> AsyncAzureOpenAI:
    return AsyncAzureOpenAI(
        azure_endpoint=server.url, api_key="any", api_version=VERSION["api-version"]
    )


def test_the_path_names_the_model_and_the_body_does_not(http: httpx2.Client) -> None:
    for body in (asking(), asking(model="another"), asking(model=7)):
        response = http.post(DEPLOYED, params=VERSION, json=body)
        assert response.json()["model"] == "gpt-4o-mini-2024-07-18"


@pytest.mark.parametrize("path", [DEPLOYED, "/openai/nothing", "/openai/v1/nothing"])
def test_what_is_not_there_is_404_in_azures_shape(http: httpx2.Client, path: str) -> None:
    response = http.post(path, json=asking(model="m"))
    assert response.status_code == 404
    assert response.json() == {"error": {"code": "404", "message": "Resource not found"}}


def test_the_other_dialects_are_there_with_and_without_a_version(server: Server) -> None:
    async def main() -> list[str]:
        async with (
            azure(server) as old,
            AsyncOpenAI(base_url=f"{server.url}/openai/v1", api_key="any") as new,
        ):
            said = [
                await each.responses.create(model="gpt-4o-mini", input="Hello")
                for each in (old, new)
            ]
        return [response.output_text for response in said]

    first, second = asyncio.run(main())
    assert first == second != ""


def test_the_key_is_azures_header_or_a_bearer_token(server: Server) -> None:
    def status(**headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        url = server.url + DEPLOYED
        return httpx2.post(url, params=VERSION, json=asking(), headers=sent).status_code

    assert status(api_key="any") == 200
    assert status(authorization="Bearer any") == 200
    assert status() == 401


def test_a_deployments_stream_begins_with_the_empty_chunk(http: httpx2.Client) -> None:
    response = http.post(DEPLOYED, params=VERSION, json=asking(stream=True))
    first, second, *_ = chunks(response)
    assert (first["id"], first["choices"]) == ("", [])
    assert first["prompt_filter_results"]
    assert second["choices"][0]["delta"]["role"] == "assistant"


def test_a_fault_may_name_another_dialect(http: httpx2.Client) -> None:
    body = asking(ONE_CALL, stream=True, tools=TOOLS)
    loose = {"x-labkit-fault": "dialect=loose"}
    found = chunks(http.post(DEPLOYED, params=VERSION, json=body, headers=loose))
    assert "prompt_filter_results" not in found[0]
    assert found[-1]["choices"][0]["finish_reason"] == "stop"


def test_below_openai_v1_are_the_same_routes_as_below_v1(http: httpx2.Client) -> None:
    assert http.get("/openai/v1/models").json() == http.get("/v1/models").json()
    body = asking(model="gpt-4o-mini", stream=True)
    said = [text(http.post(f"{at}/chat/completions", json=body)) for at in ("/v1", "/openai/v1")]
    assert said[0] == said[1] != ""


def test_the_sdks_azure_client_streams_text(server: Server) -> None:
    async def main() -> list[Any]:
        async with azure(server) as client:
            stream = await client.chat.completions.create(
                model="gpt-4o-mini", stream=True, **asking()
            )
            return [chunk async for chunk in stream]

    first, *rest = asyncio.run(main())
    assert first.choices == []
    assert "".join(chunk.choices[0].delta.content or "" for chunk in rest)


def test_the_sdks_azure_client_gets_a_whole_tool_call(server: Server) -> None:
    async def main() -> Any:
        async with azure(server) as client:
            return await client.chat.completions.create(
                model="gpt-4o-mini", tools=TOOLS, **asking(ONE_CALL)
            )

    [call] = asyncio.run(main()).choices[0].message.tool_calls
    assert json.loads(call.function.arguments) == {"category": "tents", "max_price": 250}


@pytest.mark.parametrize("given", ["async_client", "base_url"])
@pytest.mark.parametrize("streamed", [True, False])
def test_semantic_kernels_azure_class_answers_and_calls_tools(
    server: Server, given: str, streamed: bool
) -> None:
    from tests.kernels import Shop

    async def main() -> tuple[str, str]:
        async with azure(server) as client:
            if given == "async_client":
                service = azure_service(async_client=client)
            else:
                service = azure_service(base_url=f"{server.url}{DEPLOYED.split('/chat')[0]}")
            async with service.client:
                plain = await sk_answer(service, "How do I pack a backpack?", streamed=streamed)
                tools = await sk_answer(service, ONE_CALL, streamed=streamed, plugin=Shop())
        return plain, tools

    plain, tools = asyncio.run(main())
    assert "spine" in plain
    assert all(product["name"] in tools for product in search_products("tents", 250))  # type: ignore[index]


def test_semantic_kernel_refuses_an_endpoint_that_is_not_https(server: Server) -> None:
    from semantic_kernel.exceptions import ServiceInitializationError

    with pytest.raises(ServiceInitializationError, match="https"):
        azure_service(endpoint=server.url)


def azure_service(**where: Any) -> Any:
    from semantic_kernel.connectors.ai.open_ai import AzureChatCompletion

    version = VERSION["api-version"]
    key = {} if "async_client" in where else {"api_key": "any", "api_version": version}
    return AzureChatCompletion(deployment_name="gpt-4o-mini", **key, **where)


async def sk_answer(service: Any, question: str, *, streamed: bool, plugin: Any = None) -> str:
    """Ask an SK chat service, with a plugin if one is given, and return all of its text."""
    from semantic_kernel import Kernel
    from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
    from semantic_kernel.connectors.ai.open_ai import AzureChatPromptExecutionSettings
    from semantic_kernel.contents import ChatHistory

    kernel, history = Kernel(), ChatHistory()
    settings = AzureChatPromptExecutionSettings()
    history.add_user_message(question)
    if plugin is not None:
        kernel.add_plugin(plugin, "shop")
        settings.function_choice_behavior = FunctionChoiceBehavior.Auto()
    if not streamed:
        return str(await service.get_chat_message_content(history, settings, kernel=kernel))
    found = service.get_streaming_chat_message_content(history, settings, kernel=kernel)
    return "".join([str(chunk) async for chunk in found])
