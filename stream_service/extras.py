"""Optional parts whose packages are not installed: which they are, and how to have them."""

from collections.abc import Sequence


class ExtraMissing(ImportError):
    """Packages of an optional part are not installed; the message names them and the command."""

    def __init__(self, part: str, packages: Sequence[str], extra: str) -> None:
        super().__init__(f"{part} needs {', '.join(packages)}: {install_command(extra)}")


def install_command(extra: str) -> str:
    """What installs ``extra``. From a checkout: on public indexes the name is somebody else's."""
    return f"pip install -e '.[{extra}]' in a checkout of this project"
