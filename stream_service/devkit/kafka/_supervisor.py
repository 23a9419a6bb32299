"""A process between the developer's and the broker's, so that no broker outlives its developer.

Run as a script, with the command to supervise as arguments. It starts the command, writes its
process id to standard output, and then obeys its standard input, a pipe from the parent: each byte
is a signal number to pass on. A signal takes its time, so SIGSTOP is answered by one byte on
standard output once the command stands still. The end of the pipe means that the parent has died,
of whatever cause: the command is killed, and the folder named by `--remove DIR` is removed. It ends
as the command ends. Standard library only: it starts in isolation, in milliseconds.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import threading

# The pipe's end tells of the parent's death at once, unless a process that the parent forked still
# holds the other end; then the change of parent does, this much later.
PARENT_CHECK_INTERVAL_S = 1.0

# A shell's convention for a command that ended by a signal.
SIGNAL_STATUS_BASE = 128

STANDARD_INPUT = 0


def _obey(command: "subprocess.Popen[bytes]", parent: int, orphaned: threading.Event) -> None:
    while not orphaned.is_set():
        readable, _, _ = select.select([STANDARD_INPUT], [], [], PARENT_CHECK_INTERVAL_S)
        order = os.read(STANDARD_INPUT, 1) if readable else None
        if order:
            command.send_signal(order[0])
            if order[0] == signal.SIGSTOP:
                _answer_once_stopped(command.pid)
        elif order == b"" or os.getppid() != parent:
            orphaned.set()
            command.kill()


def _answer_once_stopped(pid: int) -> None:
    try:
        # Only looked at: its end is for the main thread to collect.
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        print(flush=True)
    except (ChildProcessError, BrokenPipeError):
        return


def main(arguments: list[str]) -> int:
    """Supervise the command in `arguments` and return its exit status."""
    parent = os.getppid()
    remove = None
    if arguments[0] == "--remove":
        remove, arguments = arguments[1], arguments[2:]
    # In a group of its own with us: a Ctrl-C in the terminal is the parent's affair.
    command = subprocess.Popen(  # noqa: S603 (the parent chose it)
        arguments, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    print(command.pid, flush=True)
    orphaned = threading.Event()
    threading.Thread(target=_obey, args=(command, parent, orphaned), daemon=True).start()
    status = command.wait()
    if orphaned.is_set() and remove is not None:
        shutil.rmtree(remove, ignore_errors=True)
    return status if status >= 0 else SIGNAL_STATUS_BASE - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
