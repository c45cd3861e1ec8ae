"""The definition language: files to a checked AST, and the engines' meanings of it. No I/O."""
