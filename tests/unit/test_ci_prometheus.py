"""What ``.ci/prometheus`` does to have a Prometheus, and what ``.ci/run`` makes of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

CI = Path(__file__).parents[2] / ".ci"
CANNOT_BE_HAD = 69

_INSTALLS = (
    'for one in prometheus promtool; do printf "#!/bin/sh" > {0}/$one; chmod +x {0}/$one; done'
)


class Machine:
    """Commands that a script finds on its path, and which of them it called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "called"
        for name in ("bash", "sh", "timeout", "chmod"):
            (folder / name).symlink_to(shutil.which(name) or name)
        self.has("service", "exit 1")

    def has(self, name: str, body: str = "exit 0") -> None:
        command = self.folder / name
        command.write_text(f'#!/bin/sh\necho "{name} $*" >> {self._log}\n{body}\n')
        command.chmod(0o755)

    def has_prometheus(self) -> None:
        self.has("prometheus")
        self.has("promtool")

    def user(self, number: int) -> None:
        self.has("id", f"echo {number}")

    @property
    def apt_calls(self) -> list[str]:
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [line.split()[1] for line in lines if line.startswith("apt-get")]

    def run(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", CI / "prometheus"],
            env={"PATH": str(self.folder)},
            executable=shutil.which("bash"),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_there_is_not_installed(machine: Machine) -> None:
    machine.has_prometheus()
    machine.user(0)
    machine.has("apt-get")
    assert machine.run().returncode == 0
    assert machine.apt_calls == []


def test_root_installs_it(machine: Machine) -> None:
    machine.user(0)
    machine.has("apt-get", _INSTALLS.format(machine.folder))
    ended = machine.run()
    assert ended.returncode == 0, ended.stderr
    assert machine.apt_calls == ["install"]
    assert "NOT RUN" not in ended.stderr


def test_a_list_of_packages_that_is_old_is_fetched_anew(machine: Machine) -> None:
    machine.user(0)
    updated = machine.folder / "updated"
    install = _INSTALLS.format(machine.folder)
    body = f'[ "$1" = update ] && : > {updated} && exit 0\n[ -e {updated} ] || exit 100\n{install}'
    machine.has("apt-get", body)
    assert machine.run().returncode == 0
    assert machine.apt_calls == ["install", "update", "install"]


@pytest.mark.parametrize("user", [0, 1_000], ids=["it cannot be fetched", "not root"])
def test_what_cannot_be_had_is_said_loudly(machine: Machine, user: int) -> None:
    machine.user(user)
    machine.has("apt-get", "exit 100")
    ended = machine.run()
    assert ended.returncode == CANNOT_BE_HAD
    assert "NOT RUN" in ended.stderr
    assert (machine.apt_calls == []) == (user != 0)


@pytest.mark.parametrize(("code", "told"), [(0, "required"), (CANNOT_BE_HAD, "nothing")])
def test_the_tests_are_demanded_where_it_is_there(tmp_path: Path, code: int, told: str) -> None:
    scripts = tmp_path / ".ci"
    scripts.mkdir()
    shutil.copy(CI / "run", scripts)
    for path, body in (
        (scripts / "prometheus", f"exit {code}"),
        (scripts / "real-model", "exit 0"),
        (tmp_path / "make", 'echo "make $1 ${STREAM_TEST_PROMETHEUS:-nothing}"'),
    ):
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    ended = subprocess.run(
        [scripts / "run"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert ended.stdout.splitlines() == [f"make check {told}", f"make test {told}"]
