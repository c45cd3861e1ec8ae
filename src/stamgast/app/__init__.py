"""The composition root: opens a shop, wires its parts, and answers."""
