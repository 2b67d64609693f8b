"""What we are measured against and do not bring along: sharp from npm, nginx from Debian."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.loops import ROOT
from tests.servers.machine import answers, find_program, free_ports, scratch_directory
from tests.servers.needs import Need
from tests.servers.process import Program, am_root

SHARP = "sharp@^0.35"
CACHE = ROOT / ".cache" / "bench"
PATIENCE = 120

NGINX_CONF = """
{user}
daemon off;
worker_processes 1;
pid {place}/pid;
error_log {place}/error.log;
events {{ worker_connections 256; }}
http {{
    types {{ image/jpeg jpg; }}
    default_type application/octet-stream;
    access_log {place}/access.log;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port};
        location /blobs/ {{
            alias {root}/;
            add_header Cache-Control "public, max-age=31536000, immutable";
        }}
    }}
}}
"""


class NoPeer(Exception):
    """It is not to be had here; the message says why."""


def sharp_installed() -> Path:
    """The folder it lies in, from npm unless it is there already; or `NoPeer`."""
    place = CACHE / "npm"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NoPeer("node or npm was not found")
    if not (place / "node_modules" / "sharp").is_dir():
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text("{}\n")
        options = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error")
        try:
            subprocess.run(
                ["npm", "install", *options, SHARP], cwd=place, check=True, capture_output=True, timeout=PATIENCE
            )
        except subprocess.SubprocessError as failure:
            shutil.rmtree(place)
            raise NoPeer("npm could not install sharp") from failure
    return place


def nginx_missing() -> str | None:
    """Why there is none."""
    return None if find_program("nginx") else "nginx was not found"


NGINX = Need("nginx", ("nginx-light|nginx",), nginx_missing)


@contextmanager
def nginx(root: Path) -> Iterator[tuple[str, int]]:
    """Its address and process; it serves the files of a folder below /blobs/, as it comes but for the log's place."""
    if why := nginx_missing():
        raise NoPeer(why)
    (port,) = free_ports(1)
    with scratch_directory("nginx") as place:
        user = "user root;" if am_root() else ""
        conf = place / "nginx.conf"
        conf.write_text(NGINX_CONF.format(place=place, root=root, port=port, user=user))
        argv = [str(find_program("nginx")), "-p", str(place), "-c", str(conf), "-e", str(place / "error.log")]
        with Program(argv, log=place / "log") as program:
            program.wait_until(lambda: answers(port))
            yield f"http://127.0.0.1:{port}", program.process.pid


def nginx_version() -> str:
    """As it tells it itself."""
    told = subprocess.run([str(find_program("nginx")), "-v"], capture_output=True, text=True, check=True)
    return told.stderr.rpartition("/")[2].split()[0]
