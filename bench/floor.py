"""The floor: what one JSON answer costs when nobody is asked for and nothing is written down."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def hello(request: Request) -> JSONResponse:
    """Answer."""
    return JSONResponse({"hello": "world"})


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/", hello)]),
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
    )
