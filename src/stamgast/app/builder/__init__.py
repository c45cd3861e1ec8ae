"""The builder of segments: a condition as a tree of rows that a form can hold, and back again."""
