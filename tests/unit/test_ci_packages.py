"""How ``.ci`` comes by a Prometheus and a Chromium, and what ``.ci/run`` makes of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

CI = Path(__file__).parents[2] / ".ci"
CANNOT_BE_HAD = 69

PROGRAMS = {"prometheus": ("prometheus", "promtool"), "chromium": ("chromium", "fc-list")}
"""What each script sees to. ``fc-list`` tells whether there are Chinese glyphs."""

SAYS = "#!/bin/sh\necho found"


class Machine:
    """Commands that a script finds on its path, and which of them it called."""

    def __init__(self, folder: Path, script: str) -> None:
        self.folder = folder
        self.script = script
        self._log = folder / "called"
        for name in ("bash", "sh", "timeout", "chmod"):
            (folder / name).symlink_to(shutil.which(name) or name)
        self.has("service", "exit 1")

    def has(self, name: str, body: str = "exit 0") -> None:
        command = self.folder / name
        command.write_text(f'#!/bin/sh\necho "{name} $*" >> {self._log}\n{body}\n')
        command.chmod(0o755)

    def has_all(self) -> None:
        for name in PROGRAMS[self.script]:
            self.has(name, "echo found")

    @property
    def installs(self) -> str:
        """What an apt-get does that succeeds."""
        names = " ".join(PROGRAMS[self.script])
        return (
            f"for one in {names}; do printf '{SAYS}' > {self.folder}/$one; "
            f"chmod +x {self.folder}/$one; done"
        )

    def user(self, number: int) -> None:
        self.has("id", f"echo {number}")

    @property
    def apt_calls(self) -> list[str]:
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [line.split()[1] for line in lines if line.startswith("apt-get")]

    def run(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", CI / self.script],
            env={"PATH": str(self.folder)},
            executable=shutil.which("bash"),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


@pytest.fixture(params=PROGRAMS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return Machine(tmp_path, request.param)


def test_what_is_there_is_not_installed(machine: Machine) -> None:
    machine.has_all()
    machine.user(0)
    machine.has("apt-get")
    assert machine.run().returncode == 0
    assert machine.apt_calls == []


def test_root_installs_it(machine: Machine) -> None:
    machine.user(0)
    machine.has("apt-get", machine.installs)
    ended = machine.run()
    assert ended.returncode == 0, ended.stderr
    assert machine.apt_calls == ["install"]
    assert "NOT RUN" not in ended.stderr


def test_a_list_of_packages_that_is_old_is_fetched_anew(machine: Machine) -> None:
    machine.user(0)
    updated = machine.folder / "updated"
    install = machine.installs
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


def test_browsers_without_chinese_glyphs_are_not_enough(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "chromium")
    machine.user(1_000)
    machine.has("chromium")
    machine.has("fc-list")
    assert machine.run().returncode == CANNOT_BE_HAD


@pytest.mark.parametrize("prometheus", [0, CANNOT_BE_HAD])
@pytest.mark.parametrize("chromium", [0, CANNOT_BE_HAD])
def test_the_tests_are_demanded_where_it_is_there(
    tmp_path: Path, prometheus: int, chromium: int
) -> None:
    scripts = tmp_path / ".ci"
    scripts.mkdir()
    shutil.copy(CI / "run", scripts)
    said = "${STREAM_TEST_PROMETHEUS:-nothing} ${STREAM_TEST_CHROMIUM:-nothing}"
    for path, body in (
        (scripts / "prometheus", f"exit {prometheus}"),
        (scripts / "chromium", f"exit {chromium}"),
        (scripts / "real-model", "exit 0"),
        (tmp_path / "make", f'echo "make $1 {said}"'),
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
    told = " ".join("nothing" if code else "required" for code in (prometheus, chromium))
    assert ended.stdout.splitlines() == [f"make check {told}", f"make test {told}"]
