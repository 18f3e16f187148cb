"""Which model server we talk to: offline, openai, azure, ollama, or any compatible URL."""

import os
from dataclasses import dataclass, field

import httpx2

from labkit import background
from labkit.errors import LabError
from labkit.offline import local
from labkit.offline.model import MODEL

OFFLINE_KEY = "sk-offline"
_REACH_LIMIT_S = 5.0
_LOOPBACK = "127.0.0.1,localhost,::1"


@dataclass(frozen=True)
class Endpoint:
    """A model server, and what one needs to talk to it with the `openai` SDK."""

    provider: str
    base_url: str
    api_key: str = field(repr=False)
    model: str


@dataclass(frozen=True)
class _Provider:
    """What is known about a provider; None must come from the environment."""

    base_url: str | None
    model: str | None
    key_names: tuple[str, ...]
    key: str | None = None


_PROVIDERS = {
    "openai": _Provider("https://api.openai.com/v1", "gpt-4.1-mini", ("OPENAI_API_KEY",)),
    "azure": _Provider(None, None, ("AZURE_OPENAI_API_KEY",)),
    "ollama": _Provider("http://127.0.0.1:11434/v1", "llama3.2", (), key="ollama"),
    "compatible": _Provider(None, None, (), key="none"),
}
NAMES = ("offline", *_PROVIDERS)


def connect(provider: str | None = None) -> Endpoint:
    """Return the Endpoint of the model server that the environment chooses, for a notebook.

    It is that of `endpoint`, after a first look at the server; what fails in the background from
    now on is told by the notebook's last cell. Raises LabError, also for a refused key and a
    server that cannot be reached.
    """
    background.listen()
    found = endpoint(provider)
    reach(found)
    return found


def endpoint(provider: str | None = None) -> Endpoint:
    """Return the Endpoint that the environment chooses, without asking the server.

    `provider` (or LABKIT_PROVIDER) is offline unless set, or openai, azure, ollama, compatible;
    LABKIT_BASE_URL, LABKIT_API_KEY and LABKIT_MODEL fill in or replace what belongs to it, and
    LABKIT_BASE_URL alone means compatible. A provider's own key variable (such as OPENAI_API_KEY)
    is read only when that provider is named. Raises LabError, with the remedy, for an unknown
    provider and a missing setting.
    """
    name = chosen(provider)
    if name == "offline":
        return offline_endpoint()
    if name not in _PROVIDERS:
        raise LabError(f"LABKIT_PROVIDER is one of {', '.join(NAMES)}; got {name!r}.")
    return _configured(name, _PROVIDERS[name])


def chosen(provider: str | None = None) -> str:
    """Return the name of the provider that `connect` takes, known or not."""
    return (provider or _environment("LABKIT_PROVIDER") or _implied()).strip().lower()


def offline_endpoint() -> Endpoint:
    """Return the Endpoint of this process's offline model, started if need be."""
    _bypass_proxy()
    _check_pace()
    base_url = f"{local.start().url}/v1"
    return Endpoint("offline", base_url, OFFLINE_KEY, _environment("LABKIT_MODEL") or MODEL)


def reach(endpoint: Endpoint) -> None:
    """Ask the server for its models once, so that a wrong address or key shows here and now.

    It blocks for some seconds if need be. Raises LabError.
    """
    if endpoint.provider == "offline":  # it runs in this process
        return
    try:
        answer = httpx2.get(
            f"{endpoint.base_url}/models",
            headers={"authorization": f"Bearer {endpoint.api_key}", "api-key": endpoint.api_key},
            timeout=_REACH_LIMIT_S,
        )
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise LabError(
            f"No answer from {endpoint.base_url} within {_REACH_LIMIT_S:.0f} s: start that server, "
            "or mend LABKIT_BASE_URL, or unset LABKIT_PROVIDER to work offline."
        ) from None
    if answer.status_code in (401, 403):
        raise LabError(
            f"{endpoint.base_url} refused the key (HTTP {answer.status_code}): "
            "mend LABKIT_API_KEY, or unset LABKIT_PROVIDER to work offline."
        )


def handed_on(endpoint: Endpoint) -> dict[str, str]:
    """Return the environment in which another process of ours talks to the same `endpoint`.

    It is empty for a real provider: the environment chose that, and a process inherits it.
    """
    if endpoint.provider != "offline":
        return {}
    return {
        "LABKIT_PROVIDER": "compatible",
        "LABKIT_BASE_URL": endpoint.base_url,
        "LABKIT_API_KEY": endpoint.api_key,
        "LABKIT_MODEL": endpoint.model,
    }


def _implied() -> str:
    return "compatible" if _environment("LABKIT_BASE_URL") else "offline"


def _environment(name: str) -> str:
    """Return a variable without the white space that a file or a paste left around it."""
    return os.environ.get(name, "").strip()


def _check_pace() -> None:
    """Say now what the offline model could say only by failing at each request."""
    try:
        local.model().pace_now()
    except ValueError as error:
        raise LabError(f"LABKIT_PACE is not right: {error}") from None


def _configured(name: str, known: _Provider) -> Endpoint:
    base_url = _setting("LABKIT_BASE_URL", known.base_url, name, "the server's URL, ending in /v1")
    model = _setting("LABKIT_MODEL", known.model, name, "the name of the model or deployment")
    names = " or ".join(("LABKIT_API_KEY", *known.key_names))
    keys = [_environment(key) for key in ("LABKIT_API_KEY", *known.key_names)]
    key = next(filter(None, keys), known.key)
    if not key:
        raise LabError(f"The provider {name} needs a key: set {names}, then start the lab again.")
    if not (key.isascii() and key.isprintable()):
        raise LabError(
            f"A key has letters, digits and signs only: mend {names}, then start the lab again."
        )
    return Endpoint(name, base_url.rstrip("/"), key, model)


def _setting(variable: str, fallback: str | None, provider: str, what: str) -> str:
    value = _environment(variable) or fallback
    if not value:
        raise LabError(
            f"The provider {provider} needs {variable} ({what}): set it, then start the lab again."
        )
    return value


def _bypass_proxy() -> None:
    """Keep requests to the offline model away from a proxy, which could not reach it."""
    # Lower case wins where both are read, so both get what was in force before, and loopback.
    value = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    if "127.0.0.1" not in value and value.strip() != "*":
        value = f"{value},{_LOOPBACK}".strip(",")
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = value
