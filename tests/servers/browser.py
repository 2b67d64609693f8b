"""A real browser without a window, and pages of our own for it that tell what they saw."""

import json
import queue
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.servers.process import Program, tail

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120.0
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
           "--disable-background-networking", "--autoplay-policy=no-user-gesture-required")  # fmt: skip
TELL = "const tell = told => fetch('/told', {method: 'POST', body: JSON.stringify(told)});"


def browser_missing() -> str | None:
    return None if _program() else f"none of {', '.join(NAMES)} was found"


class Site:
    """One page at an origin of its own (`http://localhost:…`), and what its script said with `tell(…)`."""

    def __init__(self, page: str) -> None:
        self.told: queue.Queue[Any] = queue.Queue()
        content, told = f"<!doctype html><script>{TELL}</script>{page}".encode(), self.told

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(content if found else b"")

            def do_POST(self) -> None:
                told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}"

    @contextmanager
    def open(self) -> Iterator["Site"]:
        serving = Thread(target=self._server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            serving.join()
            self._server.server_close()


def seen_by(page: str, folder: Path) -> Any:
    """What the page tells first when a browser opens it."""
    log = folder / "browser.log"
    with Site(page).open() as site:
        command = [str(_program()), *OPTIONS, f"--user-data-dir={folder / 'profile'}", site.url]
        with Program(command, log=log):
            try:
                return site.told.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"the page said nothing within {PATIENCE:.0f} s:\n{tail(log)}") from None


def _program() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)
