"""Where things are kept: the operational store, the lake, and the engines that query them.

The only folder that imports a driver. ``docs/storage.md`` is its contract.
"""
