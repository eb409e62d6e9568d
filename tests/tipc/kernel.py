"""A Linux kernel of our own for tests: boots user-mode-linux and runs a command in it.

The guest is an ordinary process (no virtualisation hardware, no privileges). It sees the host's whole
file system read-only, so that the same interpreter and the same checkout run in it, and may write only to
its own tmpfs (`/run`, `$TMPDIR`) and to the share, a host directory made for the run. It has no network
besides what the command makes, but has what the host's kernel may lack: TIPC, veth, netem.
"""

from __future__ import annotations

import compileall
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

__all__ = [
    "INSIDE_VARIABLE",
    "PROJECT",
    "KernelError",
    "KernelResult",
    "TestKernel",
    "kernel_missing",
    "run_in_kernel",
]

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout, which is also the working directory inside."""
INSIDE_VARIABLE = "COVEY_TEST_KERNEL"
"""Set inside the guest, to the share's path there."""
EXECUTABLE = "linux.uml"
MODULES = Path("/usr/lib/uml/modules")
DEFAULT_MODULES = ("tipc", "veth", "sch_netem")
MEMORY_MIB = 1024
BOOT_SECONDS = 30.0
RUN_SECONDS = 120.0
KILL_SECONDS = 5.0
POLL_SECONDS = 0.05

# modprobe -d spares the link that /lib/modules would need on the host; usermodehelper needs the same.
# The watchdog ends a guest whose parent was killed before it could clean up.
INIT = """\
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/share /run/tmp /run/root/lib/modules /run/home /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount -t hostfs none /run/share -o {share}
(sleep {watchdog}; echo o >/proc/sysrq-trigger) </dev/null >/dev/null 2>&1 &
ln -s {modules}/$(uname -r) /run/root/lib/modules/$(uname -r)
printf '#!/bin/sh\\nexec /sbin/modprobe -d /run/root "$@"\\n' >/run/modprobe
chmod 755 /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
/run/modprobe -a {names} || exit 1
ip link set lo up
hostname test-kernel
(cat /etc/hosts; echo 127.0.1.1 test-kernel) >/run/hosts
mount --bind /run/hosts /etc/hosts
touch /run/share/booted
cd {directory}
{command} </dev/null >/run/share/stdout 2>/run/share/stderr
echo $? >/run/share/returncode
sync
echo o >/proc/sysrq-trigger
sleep 60
"""


class KernelError(RuntimeError):
    """The guest did not boot, or did not finish in time; the text ends with its log."""


@dataclass(slots=True, frozen=True)
class KernelResult:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str
    log: str
    """The kernel's console."""

    def check(self) -> Self:
        """Return this result, or raise KernelError when the command failed."""
        if self.returncode:
            raise KernelError(f"exit status {self.returncode}\n{self.stdout}\n{self.stderr}\n{self.log}")
        return self


def kernel_missing() -> str | None:
    """Say what is missing to start a test kernel; None when all is there."""
    if shutil.which(EXECUTABLE) is None or not any(MODULES.glob("*/modules.dep")):
        return "no user-mode kernel: install Debian's package user-mode-linux"
    if shutil.which("modprobe") is None or shutil.which("ip") is None:
        return "the user-mode kernel needs the packages kmod and iproute2"
    return None


class TestKernel:
    """One boot of the guest, which ends with its command; a context that always cleans up.

    Args:
        argv: the command, run inside with the checkout as working directory.
        timeout: seconds for everything, boot included.
        modules: kernel modules to load before the command.
        environment: variables in addition to the host's.
        files: name to text, what the command finds in the share.
    """

    __test__ = False

    def __init__(
        self,
        argv: Sequence[str],
        *,
        timeout: float = RUN_SECONDS,
        modules: Sequence[str] = DEFAULT_MODULES,
        environment: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> None:
        _compile_sources()
        self.directory = Path(tempfile.mkdtemp(prefix="covey-kernel-"))
        self.share = self.directory / "share"
        self.share.mkdir()
        for name, text in (files or {}).items():
            (self.share / name).write_text(text)
        self.deadline = time.monotonic() + timeout
        self._boot_deadline = time.monotonic() + min(timeout, BOOT_SECONDS)
        init = self.directory / "init"
        init.write_text(
            INIT.format(
                share=shlex.quote(str(self.share)),
                watchdog=int(timeout) + 10,
                modules=MODULES,
                names=shlex.join(modules),
                directory=shlex.quote(str(PROJECT)),
                command=shlex.join(_with_environment(argv, environment or {})),
            )
        )
        init.chmod(0o755)
        self._log: IO[bytes] = (self.directory / "console").open("wb")
        self._process = subprocess.Popen(
            self._command_line(init),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _command_line(self, init: Path) -> list[str]:
        return [
            EXECUTABLE,
            f"mem={MEMORY_MIB}M",
            "rootfstype=hostfs",
            "ro",
            f"init={init}",
            "con=null",
            "con0=fd:0,fd:1",
            f"uml_dir={self.directory}",
            f"umid=guest-{self.directory.name[-8:]}",
        ]

    @property
    def pid(self) -> int:
        """The guest's process on the host, leader of its own session."""
        return self._process.pid

    def pause(self) -> bool:
        """Wait a moment; return whether the guest still runs.

        Raises:
            KernelError: it did not boot in time, or its time is up (it is killed then).
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(POLL_SECONDS)
            return False
        now = time.monotonic()
        if now > self.deadline or (now > self._boot_deadline and not (self.share / "booted").exists()):
            self._kill()
            what = "ran out of time" if (self.share / "booted").exists() else "did not boot"
            raise KernelError(f"the test kernel {what}\n{self.output()}")
        return True

    def wait(self) -> KernelResult:
        """Wait for the end of the command.

        Raises:
            KernelError: no boot, no time left, or a crash of the guest.
        """
        while self.pause():
            pass
        try:
            returncode = int(self._read("share/returncode"))
        except ValueError:
            raise KernelError(f"the test kernel died\n{self.output()}") from None
        return KernelResult(
            returncode, self._read("share/stdout"), self._read("share/stderr"), self._read("console")
        )

    def close(self) -> None:
        """Kill what is left and remove every file."""
        self._kill()
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, name: str) -> str:
        try:
            return (self.directory / name).read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def output(self) -> str:
        """Return the end of what the command and the kernel printed."""
        parts = (self._read("share/stdout"), self._read("share/stderr"), self._read("console"))
        return "\n".join(part[-8000:] for part in parts if part)

    def _kill(self) -> None:
        """End the guest: it is a session of its own, its user processes are children of its kernel."""
        for pid in _session_members(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(KILL_SECONDS)


def _compile_sources() -> None:
    """Write what the guest, to which the checkout is read-only, would compile for every program it starts."""
    package = PROJECT / "src" / "covey"
    for folder in (package, PROJECT / "tests", *(each for each in package.iterdir() if each.is_dir())):
        compileall.compile_dir(folder.resolve(), quiet=2)


def _with_environment(argv: Sequence[str], extra: Mapping[str, str]) -> list[str]:
    fixed = {
        INSIDE_VARIABLE: "/run/share",
        "HOME": "/run/home",
        "TMPDIR": "/run/tmp",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}",
        "LANG": "C.UTF-8",
    }
    return ["env", *(f"{name}={value}" for name, value in {**fixed, **extra}.items()), *argv]


def _session_members(session: int) -> Iterator[int]:
    """Yield the processes of a session that is ours."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            yield int(entry.name)


def run_in_kernel(
    argv: Sequence[str],
    *,
    timeout: float = RUN_SECONDS,
    modules: Sequence[str] = DEFAULT_MODULES,
    environment: Mapping[str, str] | None = None,
) -> KernelResult:
    """Boot a guest, run `argv` in it, return what it printed; takes some three seconds more than on the host.

    Python programs are best given as `[sys.executable, "-c", source]` or by their path in the checkout.

    Raises:
        KernelError: the guest did not boot, crashed, or took longer than `timeout` seconds.
    """
    with TestKernel(argv, timeout=timeout, modules=modules, environment=environment) as guest:
        return guest.wait()


if __name__ == "__main__":
    outcome = run_in_kernel(sys.argv[1:])
    print(outcome.stdout, end="")
    print(outcome.stderr, end="", file=sys.stderr)
    sys.exit(outcome.returncode)
