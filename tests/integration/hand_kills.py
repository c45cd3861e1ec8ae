"""A process that undoes an import or erases a person and kills itself at the N-th thing it does.

``SHOP N erase ID`` or ``SHOP N undo BATCH``; N 0: it finishes and prints how many things it did.
"""

from __future__ import annotations

import os
import signal
import sys

from stamgast.app.shop import Shop

SEEN = ("open", "os.", "sqlite3.", "shutil.")


def main() -> None:
    """Count, and end at the moment asked."""
    folder, kill_at, what, name = sys.argv[1:]
    shop = Shop.open(folder)
    done = 0

    def hook(event: str, _args: tuple[object, ...]) -> None:
        nonlocal done
        if event.startswith(SEEN):
            done += 1
            if done == int(kill_at):
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    if what == "erase":
        shop.privacy.erase(name, by="piet", confirmed=True)
    else:
        shop.imports.undo(int(name), confirmed=True)
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main()
