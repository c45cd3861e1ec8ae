"""A process that forks others, which undo an import or erase a person and kill themselves at a given moment.

``SHOP erase ID`` or ``SHOP undo BATCH``, the shop that those they work on are copies of; then a line on stdin per process: ``FOLDER N``, the shop and the how
manieth thing that it does is its last; N 0: it finishes. Answers ``<how it ended> <things done>``.
"""

from __future__ import annotations

import os
import signal
import sys

from stamgast.app.shop import Shop

SEEN = ("open", "os.", "sqlite3.", "shutil.")


def work(folder: str, kill_at: int, what: str, name: str) -> int:
    """Do it, count, and end at the moment asked."""
    shop = Shop.open(folder)
    done = 0

    def hook(event: str, _args: tuple[object, ...]) -> None:
        nonlocal done
        if event.startswith(SEEN):
            done += 1
            if done == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    if what == "erase":
        shop.privacy.erase(name, by="piet", confirmed=True)
    else:
        shop.imports.undo(int(name), confirmed=True, figures=False)
    return done


def main() -> None:
    like, what, name = sys.argv[1:]
    with Shop.open(like) as shop:
        _ = shop._core.definitions  # they are read once for all
    for line in sys.stdin:
        folder, kill_at = line.rsplit(maxsplit=1)
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(write, str(work(folder, int(kill_at), what, name)).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as told:
            done = told.read()
        _, status = os.waitpid(pid, 0)
        how = "killed" if os.WIFSIGNALED(status) else f"done{os.waitstatus_to_exitcode(status)}"
        sys.stdout.write(f"{how} {done}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
