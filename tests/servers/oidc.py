"""An OpenID Connect provider on loopback that keeps to every rule, until a test tells it to lie."""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.servers.loopback import listening, port_of, serving

CLIENT_ID, CLIENT_SECRET = "darkroom", "a secret / of ours"
Json = dict[str, Any]


@dataclass
class Lies:
    """What the provider does wrong; nothing by default. A claim that is None is left out."""

    claims: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    header: Json = field(default_factory=dict)
    signed_by: Key | None = None
    id_token: Callable[[Json], object] | None = None
    answers: dict[str, Response] = field(default_factory=dict)  # path → what it answers instead
    delay: float = 0
    codes_work_twice: bool = False


@dataclass
class AppleRules:
    """What Apple wants of its clients: no fixed secret but a token signed with the team's key."""

    team_id: str
    key_id: str
    public_key: ECKey


class OidcServer:
    """One issuer with one client and one person, who agrees to everything."""

    def __init__(self, port: int, apple: AppleRules | None = None) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.apple = apple
        self.lies = Lies()
        self.person: Json = {"sub": "person-1", "email": "anna@example.org", "email_verified": True}
        self.tells_email_at_userinfo_only = False
        self.keys: list[Key] = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})]
        self.asked: list[str] = []
        self.secrets_seen: list[Json] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._access_tokens: set[str] = set()

    def app(self) -> Starlette:
        routes = {
            "/.well-known/openid-configuration": self.discovery,
            "/authorize": self.authorize,
            "/token": self.token,
            "/jwks": self.jwks,
            "/userinfo": self.userinfo,
        }
        return Starlette(routes=[Route(path, self._lying(to), methods=["GET", "POST"]) for path, to in routes.items()])

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        kid = secrets.token_hex(4)
        self.keys = [ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})]

    async def discovery(self, request: Request) -> Response:
        methods = ["client_secret_post"] if self.apple else ["client_secret_basic", "client_secret_post"]
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": methods,
        }
        return JSONResponse(_without_nones({**told, **self.lies.metadata}))

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(KeySet(self.keys).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        """Send the browser back with a code: by its address, or in a form as Apple does."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        if asked.get("response_mode") == "form_post":
            back["user"] = '{"name":{"firstName":"Anna","lastName":"Ä"},"email":"anna@example.org"}'
            fields = "".join(f"<input name='{name}' value='{value}'>" for name, value in back.items())
            return HTMLResponse(
                f"<form method=post action='{asked['redirect_uri']}'>{fields}</form>",
                headers={"X-Form": urlencode(back)},
            )
        assert not self.apple, "Apple answers requests for name or email with a form only"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), strict_parsing=True))
        if not self._knows_client(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.get(form["code"]) if self.lies.codes_work_twice else self._codes.pop(form["code"], None)
        if asked is None or form["grant_type"] != "authorization_code" or not _belongs(form, asked):
            return JSONResponse({"error": "invalid_grant", "error_description": "no"}, 400)
        access_token = secrets.token_urlsafe(16)
        self._access_tokens.add(access_token)
        told = {"access_token": access_token, "token_type": "Bearer", "expires_in": 60, "id_token": self._signed(asked)}
        return JSONResponse(_without_nones(told))

    async def userinfo(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return JSONResponse(self.person) if token in self._access_tokens else Response(status_code=401)

    def _knows_client(self, request: Request, form: dict[str, str]) -> bool:
        if self.apple:
            return form["client_id"] == CLIENT_ID and self._knows_team(form["client_secret"])
        kind, _, told = request.headers["authorization"].partition(" ")
        name, _, secret = base64.b64decode(told).decode().partition(":")
        return kind == "Basic" and (unquote(name), unquote(secret)) == (CLIENT_ID, CLIENT_SECRET)

    def _knows_team(self, secret: str) -> bool:
        assert self.apple
        read = jwt.decode(secret, self.apple.public_key, algorithms=["ES256"])
        self.secrets_seen.append({**read.header, **read.claims})
        claims, now = read.claims, time.time()
        who = read.header["kid"], claims["iss"], claims["sub"], claims["aud"]
        expected = self.apple.key_id, self.apple.team_id, CLIENT_ID, self.issuer
        return who == expected and claims["iat"] <= now < claims["exp"] <= now + 180 * 86_400

    def _signed(self, asked: dict[str, str]) -> object:
        now, person = int(time.time()), self.person
        if self.tells_email_at_userinfo_only:
            person = {"sub": person["sub"]}
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked.get("nonce")}
        claims = _without_nones({**claims, **person, **self.lies.claims})
        if self.lies.id_token is not None:
            return self.lies.id_token(claims)
        key = self.lies.signed_by or self.keys[0]
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256" if isinstance(key, RSAKey) else "HS256"
        header = _without_nones({"alg": algorithm, "kid": key.kid, **self.lies.header})
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    def _lying(self, honest: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            self.asked.append(request.url.path)
            await asyncio.sleep(self.lies.delay)
            told: Response = self.lies.answers.get(request.url.path) or await honest(request)
            return told

        return answer


def _belongs(form: dict[str, str], asked: dict[str, str]) -> bool:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    return challenge == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]


def _without_nones(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


@asynccontextmanager
async def oidc_server(apple: AppleRules | None = None) -> AsyncIterator[OidcServer]:
    """A provider that listens while inside."""
    with listening() as listener:
        server = OidcServer(port_of(listener), apple)
        async with serving(server.app(), listener):
            yield server
