"""A believable Dutch shop of any size, made up: its files, and the truth about it.

``write_shop`` writes it. Nobody in it exists.
"""
