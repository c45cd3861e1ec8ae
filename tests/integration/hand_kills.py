"""A process that forks others, which undo an import or erase a person and kill themselves at a given moment.

``SHOP ID``, the shop that those they work on are copies of, and somebody in it; then a line on stdin per
process: ``FOLDER erase ID N`` or ``FOLDER undo BATCH N``, the shop and the how manieth thing that it does is
its last; N 0: it finishes. Answers ``<how it ended> <things done>``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile

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


def warm_up(folder: str, who: str) -> None:
    """Do both once, so that what is imported and read once for all is no work of those that are killed."""
    with Shop.open(folder) as shop:
        first = shop.imports.list()[0].batch
        shop.imports.undo(first, confirmed=True, figures=False)
        shop.privacy.erase(who, by="piet", confirmed=True)


def main() -> None:
    like, who = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        warm_up(shutil.copytree(like, f"{folder}/shop"), who)
    for line in sys.stdin:
        folder, what, name, kill_at = line.rsplit(maxsplit=3)
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
