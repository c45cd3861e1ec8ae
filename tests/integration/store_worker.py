"""A process that forks writers which end at a given moment; told what to do by lines on stdin.

``at N``: SIGKILL itself at the N-th thing it does to the system (as Python's audit hooks count
them); ``after MS``: SIGKILL from outside after so many milliseconds; ``count``: let it finish.
Answers ``<killed|done> <number of things done, when known>``. Then ``first many`` of the orders.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from store_kit import import_orders, open_store

SEEN = ("open", "os.", "sqlite3.", "shutil.", "tempfile.")


def child(folder: Path, kill_at: int, first: int, many: int) -> None:
    done = 0
    store = open_store(folder)

    def hook(event: str, _args: tuple[object, ...]) -> None:
        nonlocal done
        if event.startswith(SEEN):
            done += 1
            if done == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    import_orders(store, first=first, many=many)
    Path(os.environ["STORE_WORKER_COUNT"]).write_text(str(done), encoding="utf-8")


def main() -> None:
    folder = Path(sys.argv[1])
    os.environ["STORE_WORKER_COUNT"] = str(folder / "done.txt")
    for line in sys.stdin:
        what, number, first, many = line.split()
        pid = os.fork()
        if pid == 0:
            child(folder, int(number) if what == "at" else 0, int(first), int(many))
            os._exit(0)
        if what == "after":
            time.sleep(int(number) / 1000)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        how = "killed" if os.WIFSIGNALED(status) else f"done{os.waitstatus_to_exitcode(status)}"
        sys.stdout.write(f"{how}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
