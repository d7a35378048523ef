"""The supervisor of a home: its configuration, its start, and a conversation with it over a unix socket."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
import xmlrpc.client
from collections.abc import Iterable
from http.client import HTTPException
from pathlib import Path
from typing import Any

from jiandu.errors import ServiceUnavailable, SetupError
from jiandu.services import environment, places, processes
from jiandu.services.service import Program
from jiandu.settings import Settings

HEAD = """\
[supervisord]
nodaemon=true
silent=true
logfile={run}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={run}/supervisord.pid
childlogdir={run}
identifier=jiandu
{user}
[unix_http_server]
file={socket}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
BODY = """
[program:{name}]
command={command}
directory={folder}
environment={environment}
priority={priority}
autostart=false
autorestart=true
startsecs=2
startretries=20
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
"""
LONGEST_SOCKET = 100
"""Linux allows 107 bytes in a unix socket's path."""


class Supervisor:
    """The supervisor of one home, running or not."""

    def __init__(self, config: Settings) -> None:
        self.config = config
        self.run = places.run_folder(config)
        self.socket = self.run / "supervisor.sock"

    def alive(self) -> bool:
        """Whether the supervisor we recorded still runs."""
        record = processes.read_record(self.config)
        return record is not None and record.process() is not None

    def configure(self, programs: Iterable[tuple[int, Program]]) -> bool:
        """Write the configuration, each program with its priority (low starts first, stops last). Returns whether it changed."""
        if len(str(self.socket).encode()) > LONGEST_SOCKET:
            raise SetupError.at(str(self.socket), "this path is too long for a unix socket", "set JIANDU_HOME to a shorter path")
        user = "user=root" if os.geteuid() == 0 else ""
        text = HEAD.format(run=_escaped(str(self.run)), socket=_escaped(str(self.socket)), user=user)
        text += "".join(self._section(priority, program) for priority, program in programs)
        path = self.run / "supervisord.conf"
        if path.exists() and path.read_text("utf-8") == text:
            return False
        path.touch(mode=0o600)
        path.chmod(0o600)  # it holds the programs' passwords
        path.write_text(text, "utf-8")
        return True

    def start(self) -> None:
        """Start supervisord in a session of its own and wait until it answers. Raises ``ServiceUnavailable``."""
        with (self.run / "supervisord.out").open("w") as output:
            process = subprocess.Popen(
                [str(places.python()), "-m", "jiandu.services.supervise", "-c", str(self.run / "supervisord.conf")],
                cwd=self.run, env=environment.clean(self.config), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )
        processes.write_record(self.config, process.pid)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            if self.socket.exists() and self._answers():
                return
            time.sleep(0.05)
        said = (self.run / "supervisord.out").read_text("utf-8", "replace").strip().splitlines()
        raise ServiceUnavailable.at(str(self.run / "supervisord.out"), f"the supervisor did not start: {said[-1] if said else 'no answer'}", "jiandu doctor")

    def reload(self) -> None:
        """Take over a changed configuration: changed programs stop, new ones are known; others are not touched."""
        ((added, changed, removed),) = self.call("reloadConfig")
        for name in [*changed, *removed]:
            self.stop([name], patience=40)
            self.call("removeProcessGroup", name)
        for name in [*changed, *added]:
            self.call("addProcessGroup", name)

    def states(self) -> dict[str, dict[str, Any]]:
        """What supervisord knows of each program: statename, pid, start, spawnerr …; empty when it does not run."""
        return {info["name"]: info for info in self.call("getAllProcessInfo")} if self.alive() else {}

    def launch(self, name: str) -> None:
        """Start a program unless it runs or is about to."""
        if self.call("getProcessInfo", name)["statename"] not in ("RUNNING", "STARTING", "BACKOFF"):
            self.call("startProcess", name, False)

    def stop(self, names: list[str], patience: float) -> None:
        """Stop programs together and wait for the slowest; supervisord kills the group of one that does not listen."""
        for name in names:
            if self.call("getProcessInfo", name)["statename"] not in ("STOPPED", "EXITED", "FATAL", "STOPPING"):
                self.call("stopProcess", name, False)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not {self.call("getProcessInfo", name)["statename"] for name in names} & {"STOPPING", "RUNNING", "STARTING"}:
                return
            time.sleep(0.1)

    def call(self, method: str, *arguments: Any) -> Any:
        """One remote call. Raises ``ServiceUnavailable`` when the supervisor is not there or refuses."""
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        try:
            with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, HTTPException, xmlrpc.client.Error) as error:
            raise ServiceUnavailable.at(str(self.socket), f"the supervisor refused {method}: {error}", "jiandu status; jiandu down; jiandu up") from error

    def _answers(self) -> bool:
        try:
            return bool(self.call("getState")["statename"] == "RUNNING")
        except ServiceUnavailable:
            return False

    def _section(self, priority: int, program: Program) -> str:
        values = ",".join(f'{name}="{_quoted(value)}"' for name, value in sorted(program.environment.items()))
        command = ["nice", "-n", str(program.nice), *program.command] if program.nice else program.command
        return BODY.format(
            name=program.name, command=_escaped(shlex.join(command)), folder=_escaped(str(program.folder or self.run)), environment=_escaped(values),
            priority=priority, stop_signal=program.stop_signal, stop_seconds=program.stop_seconds,
            log=_escaped(str(places.log_file(self.config, program.name))),
        )


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log; empty when it does not exist."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 400 * lines))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def _escaped(text: str) -> str:
    """A percent sign means an expansion in supervisord's files."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    if set(text) & {'"', "'", "\n"}:
        raise ValueError(f"supervisord cannot hold quotes in a program's variable: {text!r}")  # settings go through its own environment instead
    return text
