"""How hubs are set up: from the environment, by names, with secrets that do not show."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from processors.handoff.hubs.catalogue import HUBS
from streams.hubs.errors import SecretMissingError
from streams.hubs.settings import Endpoint, Hubs

README = Path(__file__).parents[2] / "streams" / "hubs" / "README.md"


class Worker(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CUESTREAM_", env_nested_delimiter="__")
    hubs: Hubs = Hubs()


def test_an_endpoint_is_set_up_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    prefix = "CUESTREAM_HUBS__ENDPOINTS__GENESYS__"
    monkeypatch.setenv(f"{prefix}URL", "https://api.mypurecloud.ie")
    monkeypatch.setenv(f"{prefix}AUTHORIZATION", "client_credentials")
    monkeypatch.setenv(f"{prefix}SECRET", "a client secret")
    monkeypatch.setenv(f"{prefix}OPTIONS__INTEGRATION_ID", "int-1")
    monkeypatch.setenv("CUESTREAM_HUBS__POLL_MS", "50")
    hubs = Worker().hubs
    found = hubs.endpoint("demo", "genesys")
    assert found is not None
    assert found.payloads("genesys").options == {"integration_id": "int-1"}
    assert found.payloads("genesys").kind == "genesys"
    assert found.secret_of("genesys", "secret") == "a client secret"
    assert "a client secret" not in repr(hubs)
    assert hubs.poll_ms == 50
    assert hubs.endpoint("demo", "zendesk") is None


def test_an_address_that_is_none_is_refused():
    for url in ("", "ftp://x", "https://", "https://x/?token=1", "https://x y"):
        with pytest.raises(ValidationError):
            Endpoint(url=url)


def test_a_secret_file_that_cannot_be_read_is_named_with_its_setting(tmp_path: Path):
    found = Endpoint(url="https://x", secret_file=tmp_path / "missing")
    with pytest.raises(SecretMissingError, match="GENESYS__SECRET"):
        found.secret_of("genesys", "secret")


def test_the_page_says_of_every_unconfirmed_setting_that_it_is_one():
    page = README.read_text().partition("## What no public page confirms")[2]
    for kind, hub in HUBS.items():
        for name, option in hub.options.items():
            line = f"| {kind} | `{name}` | "
            assert (line in page) is not option.is_confirmed, (kind, name)
