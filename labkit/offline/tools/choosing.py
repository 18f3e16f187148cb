"""How well a tool suits a request, judged by the words of its own schema."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labkit.offline.tools import roles
from labkit.offline.tools.arguments import Asked
from labkit.offline.tools.concepts import asked_concepts, concept
from labkit.offline.tools.context import Context, Schema
from labkit.offline.tools.instances import instance, resolve
from labkit.offline.tools.manner import is_general, wonders
from labkit.offline.tools.mentions import ID
from labkit.offline.words import stems

# A request for an action must reach the first, a general question ("How do I …?") the second.
THRESHOLD, GENERAL_THRESHOLD = 1.0, 2.4
# Giving the talk to another agent costs nothing: one word of the agent's own field is enough.
HANDOVER_THRESHOLD = 0.6

# Tools that are made for general questions.
_KNOWLEDGE = frozenset(
    "guide doc documentation knowledge faq article manual wiki web internet question answer".split()
)
_OUTPUT = frozenset("final output answer result response respond submit return structured".split())
_EXAMPLE_IDS = re.compile(ID)
# What it costs a tool that something it requires is not said.
_MISSING = {
    "id": 1.5,
    "expression": 1.5,
    "number": 1.0,
    "category": 1.0,
    "place": 0.7,
    "postcode": 1.0,
    "email": 0.5,
}


@dataclass(frozen=True)
class Tool:
    """A tool of the caller: its name, its parameters' schema, and the words that stand for it."""

    name: str
    parameters: Schema
    terms: dict[str, float]
    required: tuple[str, ...]

    @property
    def properties(self) -> dict[str, Schema]:
        """The schemas of the parameters, by name."""
        found = self.parameters.get("properties")
        return {key: resolve(part, self.parameters) for key, part in (found or {}).items()}

    @property
    def is_output(self) -> bool:
        """Whether the tool only takes the final answer, as `final_result` does."""
        named = set(roles.name_words(self.name))
        return "final" in named or (bool(named) and named <= _OUTPUT | {"json", "the"})

    @property
    def hands_over(self) -> bool:
        """Whether the tool gives the talk to another agent; one that takes numbers does more."""
        kinds = {_plain(part).get("type", "string") for part in self.properties.values()}
        return roles.hands_over(self.name) and kinds <= {"string"}

    @property
    def knows(self) -> bool:
        """Whether the tool is made for questions: it speaks of knowledge, and takes a text."""
        told = (_part(name, part) for name, part in self.properties.items())
        return bool(_KNOWLEDGE & self.terms.keys()) and any(part in roles.FREE for part in told)


def read_tools(tools: Sequence[dict[str, Any]]) -> list[Tool]:
    """Return the tools in a request's `tools` (validated before), each name once."""
    functions = [tool["function"] for tool in tools if "function" in tool]
    read = [_tool(json.dumps(function)) for function in functions]
    return list({tool.name: tool for tool in read}.values())


@lru_cache(maxsize=256)
def _tool(text: str) -> Tool:
    function = json.loads(text)
    name, description = function["name"], function.get("description") or ""
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    parameters = _explained(name, parameters)
    # A strict schema requires every parameter; those that may be null are still optional.
    parts = Tool("", parameters, {}, ()).properties
    required = tuple(
        key for key in parameters.get("required") or () if not _nullable(parts.get(key, {}))
    )
    return Tool(name, parameters, _terms(name, description, parameters), required)


def _explained(name: str, parameters: Schema) -> Schema:
    """Return `parameters` with what the tool's own name tells: `to` of convert_currency."""
    parts = parameters.get("properties")
    if "currency" not in roles.name_words(name) or not isinstance(parts, dict):
        return parameters
    told = {
        key: {"description": "currency", **part} if isinstance(part, dict) else part
        for key, part in parts.items()
    }
    return {**parameters, "properties": told}


def _terms(name: str, description: str, parameters: Schema) -> dict[str, float]:
    """Return the concepts of a tool and their weights: its name says most, its details least."""
    weighted = [(0.6, description), (1.0, " ".join(roles.name_words(name)))]
    for key, part in (parameters.get("properties") or {}).items():
        part = part if isinstance(part, dict) else {}
        weighted.append((0.6, " ".join(roles.name_words(key))))
        weighted.append((0.3, str(part.get("description") or "")))
        weighted.append((0.8, " ".join(v for v in part.get("enum") or () if isinstance(v, str))))
    terms: dict[str, float] = {}
    for weight, text in weighted:
        # An id in a description is an example; it is no word of the tool.
        for key in asked_concepts(_EXAMPLE_IDS.sub(" ", text)):
            terms[key] = max(weight, terms.get(key, 0.0))
    return terms


def says_all(tool: Tool, text: str) -> bool:
    """Tell whether `text` speaks of nothing but what `tool` is for."""
    named = (stem for stem in stems(text) if stem[0].isalpha() and "'" not in stem)
    return all(concept(each) in tool.terms for each in named)


def fitness(tool: Tool, text: str, tools: Sequence[Tool], *, linked: bool = False) -> float:
    """Return how well `tool` suits `text`; `linked` if what it lacks may come from elsewhere."""
    said = _by_words(tool, text, tools)
    return said + _evidence(tool, text, linked, said=bool(said))


def _by_words(tool: Tool, text: str, tools: Sequence[Tool]) -> float:
    """Return how much of the tool's words `text` says; a word that many tools share counts less."""
    asked = asked_concepts(text)
    score = 0.0
    for term in filter(asked.__contains__, tool.terms):
        sharing = sum(term in other.terms for other in tools)
        score += tool.terms[term] * asked[term] / math.sqrt(sharing)
    return score


def suits(
    tool: Tool, text: str, tools: Sequence[Tool], *, linked: bool = False, alone: bool = True
) -> bool:
    """Tell whether `text` calls for `tool` at all; `alone` if it is the whole question."""
    if not _by_words(tool, text, tools) and not _speaks_for_itself(tool, text, alone):
        return False
    knows = tool.knows and wonders(text)
    if tool.hands_over:
        return _by_words(tool, text, tools) >= HANDOVER_THRESHOLD
    needed = GENERAL_THRESHOLD if is_general(text) and not knows else THRESHOLD
    return fitness(tool, text, tools, linked=linked) + knows >= needed


def _speaks_for_itself(tool: Tool, text: str, alone: bool) -> bool:
    """Tell whether an argument in `text` is reason enough to think of `tool`: a sum, an id."""
    enough = {"expression", "id", "category", "enum", "currency"} if alone else {"expression"}
    knows = alone and tool.knows
    return knows or any(
        _part(name, schema) in enough and bool(Asked(text).offers(name, _plain(schema)))
        for name, schema in tool.properties.items()
    )


def _evidence(tool: Tool, text: str, linked: bool, *, said: bool) -> float:
    """Return what the arguments found in `text` speak for the tool, and what is missing against."""
    # A tool that requires nothing is lightly called: "Which lights are on?"
    asked, score = Asked(text), 0.0 if tool.required else 0.2
    for name, schema in tool.properties.items():
        part = _part(name, schema)
        found = asked.offers(name, _plain(schema))
        if found and part not in roles.FREE:
            score += (1.5 if part == "expression" else 0.8) if name in tool.required else 0.4
            # One thing asked for suits a tool that takes one, several one that takes several.
            # Several that nobody wants to gather are asked for one by one: "P001 or P004?"
            gathers = _plain(schema).get("type") == "array"
            score += 0.2 * ((len(found) > 1 and said) == gathers)
        elif name in tool.required and not linked:
            score -= _cost(name, schema, text)
    return score


def _cost(name: str, schema: Schema, text: str) -> float:
    if "default" in schema or "const" in schema:
        return 0.0
    numeric = _plain(schema).get("type") in ("integer", "number")
    if numeric and Asked(text).guess(name, _plain(schema)) is not None:
        return 0.0
    return _MISSING.get(_part(name, schema), 0.6 if "enum" in _plain(schema) else 0.0)


def lacks(tool: Tool, asked: Asked) -> list[str]:
    """Return the required parameters that `asked` says nothing of and nobody may invent."""
    lacking = []
    for name in tool.required:
        schema = tool.properties.get(name, {})
        hard = _part(name, schema) in ("id", "expression", "number")
        known = asked.offers(name, _plain(schema)) or "default" in schema or "const" in schema
        numeric = _plain(schema).get("type") in ("integer", "number")
        if hard and not known and not (numeric and asked.guess(name, _plain(schema)) is not None):
            lacking.append(name)
    return lacking


def lacks_category(tool: Tool, asked: Asked) -> bool:
    """Tell whether `tool` requires a kind of things, and `asked` does not say which."""
    parts = {name: tool.properties.get(name, {}) for name in tool.required}
    kinds = {
        name: part for name, part in parts.items() if _part(name, part) in ("category", "enum")
    }
    return any(not asked.offers(name, _plain(part)) for name, part in kinds.items())


def values_given(tool: Tool, asked: Asked) -> bool:
    """Tell whether `asked` says anything for a parameter that not just any text could fill."""
    return any(
        _part(name, schema) not in roles.FREE and bool(asked.offers(name, _plain(schema)))
        for name, schema in tool.properties.items()
    )


def gives_required(tool: Tool, asked: Asked) -> bool:
    """Tell whether `asked` says anything itself for what `tool` requires."""
    return any(
        bool(asked.offers(name, _plain(tool.properties.get(name, {})))) for name in tool.required
    )


def fill(tool: Tool, asked: Context) -> dict[str, Any]:
    """Return the arguments of a call of `tool`, valid for its schema."""
    filled = instance(tool.parameters, asked)
    return filled if isinstance(filled, dict) else {}


def values_to_split(tool: Tool, text: str) -> tuple[str, list[Any]]:
    """Return the required parameter that `text` gives several values for, and these values."""
    # A tool with one parameter needs it, whether its schema says so or not.
    needed = tool.required or (tuple(tool.properties) if len(tool.properties) == 1 else ())
    single = [
        (name, _plain(tool.properties.get(name, {})))
        for name in needed
        if _plain(tool.properties.get(name, {})).get("type") in ("string", "integer")
    ]
    told = [_part(name, schema) for name, schema in single]
    for (name, schema), part in zip(single, told, strict=True):
        splits = part in ("id", "category", "enum") or (
            part == "place" and told.count("place") == 1
        )
        found = list(Asked(text).offers(name, schema)) if splits else []
        if len(found) > 1:
            return name, found
    return "", []


def _part(name: str, schema: Schema) -> str:
    """Return the role of a parameter, or "enum", "number" or "boolean"."""
    plain = _plain(schema)
    plain = _plain(plain.get("items", {})) if plain.get("type") == "array" else plain
    if "enum" in plain:
        return "enum"
    kind = plain.get("type", "string")
    if kind in ("integer", "number"):
        is_id = roles.role(name, {}) == "id" and "number" not in roles.name_words(name)
        return "id" if is_id else "number"
    return roles.role(name, plain) if kind == "string" else str(kind)


def _nullable(schema: Schema) -> bool:
    options = [schema, *(o for o in schema.get("anyOf") or () if isinstance(o, dict))]
    kinds = [option.get("type") for option in options]
    return any(kind == "null" or (isinstance(kind, list) and "null" in kind) for kind in kinds)


def _plain(schema: Schema) -> Schema:
    """Return `schema` without the null that makes it optional."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return {**schema, "type": next((kind for kind in kinds if kind != "null"), "null")}
    options = schema.get("anyOf") or ()
    some = [o for o in options if isinstance(o, dict) and o.get("type") != "null"]
    merged = {**schema, **some[0]} if some else dict(schema)
    if merged.get("type") == "array" and not isinstance(merged.get("items"), dict):
        return {**merged, "items": {}}
    return merged
