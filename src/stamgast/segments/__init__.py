"""Membership and its changes: who is in which stage and segment, since when."""
