"""What the environment says about the service: the one place where each setting is described."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from labkit.service.origins import checked
from labkit.service.quotas import parse_rate
from labkit.service.redis_link import connect
from labkit.service.tickets import check_key
from labkit.service.tokens import Tokens

_FOLDER = "SERVICE_SECRETS_DIR"

Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]


class Settings(BaseSettings):
    """The settings of a service; each comes from the variable SERVICE_ and its name in capitals.

    A file of that name in the folder SERVICE_SECRETS_DIR counts where the variable is not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="SERVICE_", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    api_tokens: SecretStr = Field(
        SecretStr(""),
        description="Who may ask: name:hash, separated by commas, as `labkit token` prints them. "
        "Without any, everybody on this machine may ask, and nobody else.",
    )
    ticket_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(32)),
        description="Signs tickets; 32 characters or more, the same for all replicas. Without it, "
        "one is made up at each start.",
    )
    ticket_seconds: Seconds = Field(60, description="How long a ticket can be used.")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Other sites whose pages may ask, such as https://shop.example."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Where there are no tokens: the names by which the service may be asked, "
        "besides this machine's own; * for any, where a proxy before it protects it.",
    )
    rate_limit: str = Field("20/minute", description="Questions that one client may ask.")
    streams_per_client: int = Field(4, ge=1, description="Streams that one client may have open.")
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="Where several replicas keep what they share, such as redis://redis:6379/0. "
        "Without it, each process counts for itself.",
    )
    first_token_timeout: Seconds = Field(20, description="Until the model's first text.")
    idle_timeout: Seconds = Field(30, description="From one piece of the model's to the next.")
    answer_timeout: Seconds = Field(300, description="For a whole answer.")
    send_timeout: Seconds = Field(30, description="For a reader to take what it is sent.")
    drain_timeout: Seconds = Field(30, description="For open streams to end after SIGTERM.")
    resume_window: float = Field(
        10, ge=0, le=3600, description="For a lost reader to come back to its answer; 0 never."
    )
    keep_alive: Seconds = Field(15, description="Of silence, after which a comment is sent.")
    buffer_bytes: int = Field(
        262_144, ge=4096, description="Of an answer that are kept for a slow or a lost reader."
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(_secrets_dir=_secrets_folder(), **values)

    @property
    def shared(self) -> bool:
        """Whether other replicas share the limits, the tickets and the answers."""
        return bool(self.redis_url.get_secret_value())

    @property
    def longest_s(self) -> float:
        """How long a stream can be open at most, in seconds."""
        return self.answer_timeout + self.resume_window + self.send_timeout

    @field_validator("allowed_origins", "allowed_hosts", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("api_tokens", "ticket_key", "allowed_origins", "rate_limit", "redis_url")
    @classmethod
    def _usable(cls, value: Any, info: ValidationInfo) -> Any:
        """Let those that use the setting say now, and not at the first request, what is wrong."""
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        _CHECKS[info.field_name or ""](plain)
        return value

    @model_validator(mode="after")
    def _replicas_share_a_key(self) -> "Settings":
        if self.shared and "ticket_key" not in self.model_fields_set:
            raise ValueError(
                "with SERVICE_REDIS_URL, set SERVICE_TICKET_KEY, too: "
                "a ticket of one replica has to be valid at the others"
            )
        return self


def described() -> str:
    """Return all settings as text: each variable with its default, and below it what it is for."""
    rows = [
        f"SERVICE_{name.upper()}={_default(field)}\n    {field.description}"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join([*rows, f"{_FOLDER}=\n    A folder with secrets, mounted as files."])


def _default(field: FieldInfo) -> str:
    """Return the default as the environment would say it; one that is made up says nothing."""
    default = "" if field.default_factory else field.default
    return f"{default:g}" if isinstance(default, float) else str(default or "")


def _secrets_folder() -> Path | None:
    name = os.environ.get(_FOLDER)
    folder = Path(name) if name else None
    if folder and not folder.is_dir():
        raise ValueError(f"{_FOLDER} names a folder that is not there")
    return folder


_CHECKS: dict[str, Callable[[Any], object]] = {
    "api_tokens": Tokens.parse,
    "ticket_key": lambda key: check_key(key.encode()),
    "allowed_origins": lambda origins: [checked(origin) for origin in origins],
    "rate_limit": parse_rate,
    "redis_url": lambda url: url and connect(url),
}
