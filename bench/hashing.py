"""The floor of an upload: a body received and hashed (MD5 and SHA-256), and nothing else done with it."""

import hashlib
import sys

import uvicorn
from starlette.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the hashes."""
    if scope["type"] != "http":
        return
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    more = True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        md5.update(chunk)
        sha256.update(chunk)
        more = message.get("more_body", False)
    content = f'"{md5.hexdigest()} {sha256.hexdigest()}"'.encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": content})


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False, lifespan="off")
