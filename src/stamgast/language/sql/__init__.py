"""Definitions as SQLGlot expressions, rendered for DuckDB and Spark; knows the AST and no driver."""
