"""The page's files: headers, media types, nothing inline, nothing from elsewhere."""

import re
from collections.abc import Iterator
from importlib.resources import files

import httpx2
import pytest
from fastapi import FastAPI

from labkit.service.page import FILES, HEADERS, POLICY, router
from labkit.serving import serve
from tests.contrast import contrast

NAMES = [name for name, _ in FILES.values()]
EACH_PATH = pytest.mark.parametrize("path", FILES)
EACH_NAME = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    app = FastAPI()
    app.include_router(router)
    with serve(app) as running, httpx2.Client(base_url=running.url) as client:
        yield client


def text_of(name: str) -> str:
    return files("labkit.service").joinpath("static", name).read_text(encoding="utf-8")


@EACH_PATH
def test_each_file_comes_with_its_media_type_and_the_headers(
    http: httpx2.Client, path: str
) -> None:
    name, media_type = FILES[path]
    answer = http.get(path)
    assert (answer.status_code, answer.text) == (200, text_of(name))
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert {key: answer.headers[key] for key in HEADERS} == HEADERS


@EACH_PATH
def test_head_is_answered_as_get_is_without_the_body(http: httpx2.Client, path: str) -> None:
    head, get = http.head(path), http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_every_file_in_the_folder_is_served() -> None:
    folder = files("labkit.service").joinpath("static")
    assert sorted(file.name for file in folder.iterdir()) == sorted(NAMES)


def test_the_policy_allows_its_own_files_only() -> None:
    sources = {name: value for name, value in POLICY.items() if name.endswith("-src")}
    assert sources.pop("default-src") == "'none'"
    assert set(sources.values()) == {"'self'"}
    assert (POLICY["base-uri"], POLICY["form-action"]) == ("'none'", "'none'")


def test_only_its_own_origin_may_frame_it() -> None:
    assert POLICY["frame-ancestors"] == "'self'"


def test_the_page_is_no_part_of_the_openapi_document(http: httpx2.Client) -> None:
    assert http.get("/openapi.json").json()["paths"] == {}


def test_nothing_is_inline() -> None:
    html = text_of("page.html")
    assert re.findall(r"<script[^>]*>(?!</script>)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", html) == []


@EACH_NAME
def test_no_file_names_a_place_elsewhere(name: str) -> None:
    urls = re.findall(r"(?:https?:)?//[\w.]+[^\s\"')]*", text_of(name).replace("// ", ""))
    assert urls in ([], ["http://www.w3.org/2000/svg"])  # the name of a language, not fetched


def test_all_addresses_are_relative() -> None:
    html, ways = text_of("page.html"), text_of("ways.js")
    addresses = re.findall(r'(?:href|src)="([^"]*)"', html)
    addresses += re.findall(r'request\("\w+", ["`]([^"`]*)', ways)
    addresses += re.findall(r'new EventSource\(["`]([^"`]*)', ways)
    assert len(addresses) == 7
    assert not any(address.startswith(("/", ".")) or ":" in address for address in addresses)


@EACH_NAME
def test_no_file_makes_markup_of_text(name: str) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text_of(name)
    )


def test_the_token_is_stored_nowhere() -> None:
    scripts = "".join(text_of(name) for name in NAMES if name.endswith(".js"))
    assert not re.search(r"[sS]torage|cookie|indexedDB|history\.|location", scripts)


def colours(scheme: int) -> dict[str, tuple[int, ...]]:
    """Return the colours of the light (0) or the dark (1) scheme by their names."""
    block = text_of("style.css").split(":root {")[scheme + 1].partition("}")[0]
    found = re.findall(r"--([\w-]+): #(\w+);", block)
    whole = {name: value * 2 if len(value) == 3 else value for name, value in found}
    return {name: tuple(bytes.fromhex(value)) for name, value in whole.items()}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_texts_are_seen_well_in_both_schemes(scheme: int) -> None:
    found = colours(scheme)
    texts = ("text", "quiet", "accent", "good", "warn", "bad")
    pairs = [(text, back) for text in texts for back in ("back", "raised")]
    pairs.append(("on-accent", "accent"))
    seen = {pair: contrast(found[pair[0]], found[pair[1]]) for pair in pairs}
    assert {pair: value for pair, value in seen.items() if value < 4.5} == {}
    assert contrast(found["field"], found["back"]) >= 3  # the edge of a field
