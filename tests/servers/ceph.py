"""A throwaway S3: one Ceph monitor, one store in memory, one gateway. It verifies every signature."""

import configparser
import os
import secrets
import signal
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.servers.machine import answers, find_program, free_ports, scratch_directory
from tests.servers.process import Program, run

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
GATEWAY = "client.rgw"
# Who may do what inside the cluster; only this test session ever learns these keys.
CAPABILITIES = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *"},
    GATEWAY: {"mon": "allow rw", "osd": "allow rwx"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
}


@dataclass(frozen=True)
class S3Server:
    """How to reach an S3 store."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"


class CephServer:
    """A single-node Ceph behind its S3 gateway; entering gives the address and the keys."""

    def __init__(self) -> None:
        self.open = ExitStack()

    @staticmethod
    def missing() -> str | None:
        absent = [name for name in PROGRAMS if find_program(name) is None]
        return f"not found: {', '.join(absent)}" if absent else None

    def __enter__(self) -> S3Server:
        keys = secrets.token_hex(10).upper(), secrets.token_urlsafe(30)
        with ExitStack() as opening:
            place = opening.enter_context(scratch_directory("ceph"))
            port, mon_port = free_ports(2)
            cluster = Cluster(place, port, mon_port)
            cluster.prepare()
            opening.enter_context(cluster.daemon("ceph-mon", "-i", "a"))
            cluster.add_store()
            opening.enter_context(cluster.daemon("ceph-osd", "-i", "0"))
            cluster.add_user(*keys)
            gateway = opening.enter_context(cluster.daemon("radosgw", "-n", GATEWAY))
            gateway.wait_until(lambda: answers(port))
            self.open = opening.pop_all()
        return S3Server(f"http://127.0.0.1:{port}", *keys)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.close()


class Cluster:
    """The files and commands of one throwaway cluster."""

    def __init__(self, place: Path, port: int, mon_port: int) -> None:
        self.place, self.port = place, port
        self.monitor = f"[v2:127.0.0.1:{mon_port}]"
        self.id, self.keyring = str(uuid.uuid4()), place / "keyring"
        # `ceph` is a script of the system's Python, which must not see ours.
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(place),
            "LC_ALL": "C.UTF-8",
            "CEPH_CONF": str(place / "conf"),
        }

    def prepare(self) -> None:
        for name in ("mon", "osd", "rgw", "run"):
            (self.place / name).mkdir()
        self.write_settings()
        for name, may in CAPABILITIES.items():
            made = () if self.keyring.exists() else ("--create-keyring",)
            caps = [word for service, right in may.items() for word in ("--cap", service, right)]
            self.run("ceph-authtool", str(self.keyring), *made, "--gen-key", "-n", name, *caps)
        monmap = str(self.place / "monmap")
        self.run("monmaptool", "--create", "--fsid", self.id, "--addv", "a", self.monitor, monmap)
        self.run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", str(self.keyring))

    def add_store(self) -> None:
        store = str(uuid.uuid4())
        self.run("ceph", "osd", "new", store)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store)

    def add_user(self, access_key: str, secret_key: str) -> None:
        user = ("--uid=test", "--display-name=test", f"--access-key={access_key}", f"--secret-key={secret_key}")
        self.run("radosgw-admin", "-n", GATEWAY, "user", "create", *user)

    def run(self, name: str, *arguments: str) -> str:
        return run([str(find_program(name)), *arguments], env=self.env)

    def daemon(self, name: str, *arguments: str) -> Program:
        # Nothing has to be saved, so there is no reason to wait for an orderly end.
        argv = [str(find_program(name)), "-f", *arguments]
        return Program(argv, log=self.place / f"{name}.log", stop=signal.SIGKILL, env=self.env)

    def write_settings(self) -> None:
        settings = configparser.ConfigParser(interpolation=None)
        settings["global"] = {
            "fsid": self.id,
            "mon host": self.monitor,
            "public addr": "127.0.0.1",
            "cluster addr": "127.0.0.1",
            "keyring": str(self.keyring),
            "run dir": str(self.place / "run"),
            "crash dir": str(self.place / "run"),
            "admin socket": f"{self.place}/run/$name.asok",
            "log file": f"{self.place}/$name.log",
            "mon cluster log file": f"{self.place}/cluster.log",
            "auth allow insecure global id reclaim": "false",
            # One store, one copy, few placement groups, and no pause between two decisions of the monitor.
            "paxos propose interval": "0.02",
            "paxos min wait": "0.01",
            "osd pool default size": "1",
            "osd pool default min size": "1",
            "osd pool default pg num": "4",
            "osd pool default pgp num": "4",
            "osd pool default pg autoscale mode": "off",
            "osd crush chooseleaf type": "0",
            "mon allow pool size one": "true",
            # A nearly full disk of the developer is no reason to stop.
            "mon data avail warn": "2",
            "mon data avail crit": "1",
        }
        settings["mon.a"] = {"mon data": str(self.place / "mon")}
        settings["osd.0"] = {
            "osd data": str(self.place / "osd"),
            "osd objectstore": "memstore",
            "memstore device bytes": str(6 << 30),
            "osd class load list": "*",
            "osd class default list": "*",
        }
        settings[GATEWAY] = {
            "rgw data": str(self.place / "rgw"),
            "rgw frontends": f"beast endpoint=127.0.0.1:{self.port} tcp_nodelay=1",
            "rgw rados pool pg num min": "4",
            "rgw thread pool size": "64",
            "rgw s3 auth order": "local",
            "rgw run sync thread": "false",
            "rgw enable usage log": "false",
        }
        with (self.place / "conf").open("w") as file:
            settings.write(file)
