"""Request bodies that well-known clients send, reduced to what matters, and what they wait for.

Recorded from LangChain 1.7, pydantic-ai 2.68, the OpenAI Agents SDK 0.24, openai-node 6.49, the
AI SDK 6.0, Semantic Kernel 1.45 and the Agent Framework 1.17. Two are written by hand from what the
API allows: an echoed message, and content parts in a tool result.
"""

import json

from tests.offline.bodies import Body, called, form, result, schema, tool, user

STREAM: Body = {"stream": True, "stream_options": {"include_usage": True}}
TEXT = {"type": "string"}
NUMBER = {"type": "number"}
CITY = {"city": TEXT, "country": TEXT}
REPORT = {"city": TEXT, "temperature_c": NUMBER, "conditions": TEXT}
DRAFT_07 = {"$schema": "http://json-schema.org/draft-07/schema#"}

WEATHER = tool("get_weather", "Get the weather in a city.", schema({"city": TEXT}), strict=True)
MENU = tool("Menu-get_specials", "Provides a list of specials from the menu.", schema({}))
BILLING = tool(
    "transfer_to_billing_agent",
    "Handoff to the Billing agent agent to handle the request. Handles billing and invoice questions",
    schema({}),
    strict=True,
)
REFUND = tool(
    "transfer_to_refund_agent",
    "Handoff to the Refund agent agent to handle the request. Handles refund requests",
    schema({}),
    strict=True,
)
FINAL = tool("final_result", "The final response which ends this conversation", schema(CITY))
IN_OSLO = user("What is the weather in Oslo?")
IN_BOTH = user("What is the weather in Oslo and in Rome?")
ASKED_OSLO = called("get_weather", '{"city": "Oslo"}', content=None)
RAIN = result("It is 14 degrees and raining in Oslo.")

# name: (body, the tool calls of the answer)
CALLS: dict[str, tuple[Body, list[tuple[str, Body]]]] = {
    "LangChain binds tools and streams": (
        {"messages": [IN_OSLO], "tools": [WEATHER], "stream": True},
        [("get_weather", {"city": "Oslo"})],
    ),
    "LangChain forces its output tool once the result is there": (
        {
            "messages": [IN_OSLO, ASKED_OSLO, RAIN],
            "tools": [WEATHER, tool("Resp", "", schema(REPORT))],
            "tool_choice": "required",
        },
        [("Resp", {"city": "Oslo", "temperature_c": 14, "conditions": RAIN["content"]})],
    ),
    "LangChain names its schema as the tool to call": (
        {
            "messages": [user("Anna is 31 years old and likes climbing.")],
            "tools": [tool("Person", "A person.", schema({"name": TEXT, "age": NUMBER}))],
            "tool_choice": {"type": "function", "function": {"name": "Person"}},
            "parallel_tool_calls": False,
        },
        [("Person", {"name": "Anna", "age": 31})],
    ),
    "pydantic-ai takes its output from a tool": (
        {
            "messages": [user("The Olympics took place in London, United Kingdom, in 2012")],
            "tools": [FINAL],
            "tool_choice": "required",
        },
        [("final_result", {"city": "London", "country": "United Kingdom"})],
    ),
    "pydantic-ai asks again when the output was refused": (
        {
            "messages": [
                user("I live in Paris, France"),
                called("final_result", '{"city":"Paris","country":"Paris"}', content=None),
                result('{"error":"Please check the country again."}'),
            ],
            "tools": [FINAL],
            "tool_choice": "required",
        },
        [("final_result", {"city": "Paris", "country": "France"})],
    ),
    "pydantic-ai runs several calls of one turn": (
        {"messages": [IN_BOTH], "tools": [WEATHER, FINAL], "tool_choice": "required", **STREAM},
        [("get_weather", {"city": "Oslo"}), ("get_weather", {"city": "Rome"})],
    ),
    "the Agents SDK wants one call at a time": (
        {
            "messages": [IN_BOTH, ASKED_OSLO, RAIN],
            "tools": [WEATHER],
            "tool_choice": "required",
            "parallel_tool_calls": False,
            **STREAM,
        },
        [("get_weather", {"city": "Rome"})],
    ),
    "the Agents SDK hands over to the agent for it": (
        {"messages": [user("There is a mistake on my invoice.")], "tools": [REFUND, BILLING]},
        [("transfer_to_billing_agent", {})],
    ),
    "openai-node sends strict schemas made by zod": (
        {
            "messages": [IN_OSLO],
            "tools": [
                tool(
                    "query",
                    "Get the weather",
                    schema({"location": TEXT, "days": {"type": ["number", "null"]}}, **DRAFT_07),
                    strict=True,
                )
            ],
        },
        [("query", {"location": "Oslo", "days": None})],
    ),
    "openai-node's tools may require nothing": (
        {
            "messages": [IN_BOTH],
            "tools": [tool("getWeather", "", {"type": "object", "properties": {"location": TEXT}})],
            "tool_choice": "auto",
        },
        [("getWeather", {"location": "Oslo"}), ("getWeather", {"location": "Rome"})],
    ),
    "Semantic Kernel joins plugin and function by a hyphen": (
        {
            "messages": [
                {"role": "system", "content": "Answer questions about the menu.", "name": "Host"},
                user("What is on the menu?"),
            ],
            "tools": [MENU],
            "tool_choice": "auto",
            **STREAM,
        },
        [("Menu-get_specials", {})],
    ),
    "the Agent Framework goes on in a session": (
        {
            "messages": [
                IN_OSLO,
                called("get_weather", '{"city":"Oslo"}', name="Helper", content="Let me look."),
                RAIN,
                {"role": "assistant", "name": "Helper", "content": RAIN["content"]},
                user("And in Rome?"),
            ],
            "tools": [WEATHER],
            "tool_choice": "auto",
        },
        [("get_weather", {"city": "Rome"})],
    ),
}

# name: (body, a word of the answer)
SPOKEN: dict[str, tuple[Body, str]] = {
    "Semantic Kernel leaves the content out beside calls": (
        {
            "messages": [
                user("What is on the menu?"),
                called("Menu-get_specials", "{}", name="Host"),
                result("Special Soup: Clam Chowder"),
            ],
            "tools": [MENU],
            **STREAM,
        },
        "Clam Chowder",
    ),
    "openai-python's message goes back whole, with its null refusal": (
        {
            "messages": [
                IN_OSLO,
                {**ASKED_OSLO, "refusal": None, "annotations": [], "audio": None},
                RAIN,
            ],
            "tools": [WEATHER],
        },
        "14 degrees",
    ),
    "content comes in parts, also in a tool result": (
        {
            "messages": [
                {"role": "developer", "content": "You are a friendly assistant!"},
                user([{"type": "text", "text": IN_OSLO["content"]}]),
                {**ASKED_OSLO, "content": ""},
                result([{"type": "text", "text": '{"location":"Oslo","temperature":72}'}]),
            ],
            "tools": [WEATHER],
            "tool_choice": "auto",
            **STREAM,
        },
        "72",
    ),
    "the AI SDK sends a picture beside the text": (
        {
            "messages": [
                user(
                    [
                        {"type": "text", "text": "Which boots suit this path?"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}},
                    ]
                )
            ]
        },
        "boot",
    ),
    "the Agents SDK goes on with the agent that took over": (
        {
            "messages": [
                {"role": "system", "content": "You answer questions on gear."},
                user("How do I choose hiking boots?"),
                called("transfer_to_gear_agent", "{}", content=None),
                result('{"assistant": "Gear agent"}'),
            ],
            "stream": True,
        },
        "toes",
    ),
    "the Agents SDK's triage answers what no agent is for": (
        {"messages": [user("How do I choose hiking boots?")], "tools": [BILLING, REFUND]},
        "toes",
    ),
}

PROMPTED = (
    "\nAlways respond with a JSON object that's compatible with this schema:\n\n"
    f"{json.dumps(schema({'advice': TEXT, 'urgent': {'type': 'boolean'}, 'risk': NUMBER}))}\n\n"
    "Don't include any text or Markdown fencing before or after.\n"
)
TENT = {"name": TEXT, "weight_kg": {"type": "number", "maximum": 10}}
STEP = {"Step": schema({"explanation": TEXT, "output": TEXT})}
STEPS = {"steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}}, "final_answer": TEXT}

# name: (body, the schema that the answer fits)
REPLIES: dict[str, tuple[Body, Body]] = {
    "pydantic-ai puts the schema into the prompt": (
        {
            "messages": [{"role": "system", "content": PROMPTED}, user("I lost my way!")],
            "response_format": {"type": "json_object"},
        },
        schema({"advice": TEXT, "urgent": {"type": "boolean"}, "risk": NUMBER}),
    ),
    "LangChain's JSON mode names the keys": (
        {
            "messages": [
                user("Anna is 31 years old. Respond in JSON with the keys name, age, rating")
            ],
            "response_format": {"type": "json_object"},
        },
        schema({"name": {"const": "Anna"}, "age": {"const": 31}, "rating": NUMBER}),
    ),
    "LangChain's agent has tools and a form": (
        {
            "messages": [IN_OSLO, ASKED_OSLO, RAIN],
            "tools": [WEATHER],
            "response_format": form(REPORT, name="Resp"),
        },
        schema({**REPORT, "temperature_c": {"const": 14}}),
    ),
    "pydantic-ai asks for one form after two results": (
        {
            "messages": [
                IN_BOTH,
                ASKED_OSLO,
                result('{"city":"Oslo","temperature_c":14.5}'),
                called("get_weather", '{"city":"Rome"}', content=None),
                result('{"city":"Rome","temperature_c":21}'),
            ],
            "tools": [WEATHER],
            "tool_choice": "auto",
            "response_format": form({"city": TEXT, "temperature_c": NUMBER}, name="Weather"),
            **STREAM,
        },
        schema({"city": {"const": "Oslo"}, "temperature_c": {"const": 14.5}}),
    ),
    "the AI SDK streams an object": (
        {
            "messages": [user("Which tent should I buy?")],
            "response_format": form(TENT, **DRAFT_07),
            **STREAM,
        },
        schema({**TENT, "weight_kg": {"type": "number", "minimum": 0.5, "maximum": 10}}),
    ),
    "Semantic Kernel refers to definitions": (
        {
            "messages": [user("How do I pack a backpack, step by step?")],
            "response_format": form(STEPS, name="Reasoning", **{"$defs": STEP}),
        },
        schema(STEPS, **{"$defs": STEP}),
    ),
}
