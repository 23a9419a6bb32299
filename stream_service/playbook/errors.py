"""The one error of the playbook."""


class PlaybookError(ValueError):
    """A playbook that cannot be used.

    The message names the file, the place in it (``strategies.complaint[0].wording.zh``) and the
    fix, one fault a line.
    """

    def __init__(self, source: str, faults: tuple[str, ...]) -> None:
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"{source} is not a usable playbook:\n{lines}")
        self.source = source
        self.faults = faults
