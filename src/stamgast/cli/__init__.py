"""The command line: parse, call the shop, write the answer."""
