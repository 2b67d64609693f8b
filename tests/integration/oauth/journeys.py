"""Signing in as a person with a browser does, through the whole program, at providers on loopback."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from application.ports.audit import AuditQuery
from domain.access import EVERYTHING
from domain.audit import AuditEntry
from domain.identity import User
from domain.pages import PageRequest
from tests.servers import http
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET
from tests.unit.entrypoints.world import World, world

CALLBACK = "http://127.0.0.1:3000/auth/oauth/callback"
APP = "https://app.example/signed-in"


@dataclass
class Journey:
    """One browser, one Darkroom, one provider."""

    here: World
    provider: str = "corp"

    async def depart(self, **body: str) -> dict[str, Any]:
        answer = await self.here.client.post("/auth/oauth/authorize", json={"provider": self.provider, **body})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def visit(self, url: str) -> dict[str, str]:
        """Agree to everything at the provider; what it sends back."""
        async with http.AsyncClient(trust_env=False) as browser:
            answer = await browser.get(url)
        if answer.status_code == 302:
            return dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        assert answer.status_code == 200, answer.text
        return {
            name: unescape(value) for name, value in re.findall(r"name='(\w+)' value='(.*?)'>", answer.text, re.DOTALL)
        }

    async def back(self, told: Mapping[str, str]) -> httpx2.Response:
        return await self.here.client.post("/auth/oauth/callback", json=told)

    async def whole(self) -> httpx2.Response:
        departure = await self.depart()
        return await self.back(await self.visit(departure["authorization_url"]))

    async def refused(self) -> dict[str, Any]:
        """The problem that a whole journey ends with; nobody is signed in and no account is made."""
        before = await self.accounts()
        answer = await self.whole()
        told: dict[str, Any] = answer.json()
        assert "access_token" not in told
        assert await self.accounts() == before
        return told

    async def me(self, tokens: httpx2.Response) -> dict[str, Any]:
        assert tokens.status_code == 200, tokens.text
        bearer = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
        answer = await self.here.client.get("/auth/me", headers=bearer)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def register(self, email: str, password: str = "long-enough", **more: str) -> str:
        answer = await self.here.client.post("/auth/register", json={"email": email, "password": password, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def log_in(self, email: str, password: str = "long-enough") -> httpx2.Response:
        return await self.here.client.post("/auth/login", json={"email": email, "password": password})

    async def noted(self) -> list[AuditEntry]:
        page = await self.here.room.database().audit.page(EVERYTHING, AuditQuery(), PageRequest(1, 100))
        return list(page.items)

    async def accounts(self) -> list[User]:
        return list((await self.here.room.database().users.page(PageRequest(1, 100))).items)


@asynccontextmanager
async def journey(issuer: str, **settings: str) -> AsyncIterator[Journey]:
    """A Darkroom that knows the issuer as `corp`."""
    known_by = {
        "OAUTH_OIDC_NAME": "corp",
        "OAUTH_OIDC_ISSUER": issuer,
        "OAUTH_OIDC_CLIENT_ID": CLIENT_ID,
        "OAUTH_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "EGRESS_ALLOW": "127.0.0.1",
    }
    async with world(**{**known_by, **settings}) as here:
        yield Journey(here)
