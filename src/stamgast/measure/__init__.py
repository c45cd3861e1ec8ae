"""Insight: what the shop's figures say, each reproducible by plain SQL over ``docs/tables.md``."""
