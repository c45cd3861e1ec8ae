"""``python -m stamgast``."""

from stamgast.cli.main import main

main()
