"""The OpenAPI schema and the page on it."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client


def test_it_validates_without_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert "openapi: 3" in capsys.readouterr().out


def test_it_tells_of_tokens_waiting_and_problems(client: Client) -> None:
    schema: dict[str, Any] = client.get(
        "/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}
    ).json()
    post = schema["paths"]["/api/v1/predictions/"]["post"]
    assert schema["components"]["securitySchemes"]["apiToken"]["scheme"] == "bearer"
    assert " ".join(sorted(post["responses"])) == "201 202 400 401 403 404 406 411 413 415 429 503"
    assert {"multipart/form-data", "application/json"} == set(post["requestBody"]["content"])
    assert "application/problem+json" in post["responses"]["413"]["content"]
    assert "Location" in post["responses"]["202"]["headers"]
    assert "Prefer" in [parameter["name"] for parameter in post["parameters"]]


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_the_pages_load_from_our_own_origin_only(client: Client, page: str) -> None:
    response = client.get(f"/api/v1/{page}/")
    assert re.findall(r"(?:src|href)=\"(?!/static/)([^\"]*)", response.content.decode()) == (
        ["/api/v1/docs/?script="] if page == "docs" else []
    )
    policy = response.headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src" not in policy  # as everywhere: default-src 'self'
    assert "unsafe-inline" not in client.get("/").headers["Content-Security-Policy"]
