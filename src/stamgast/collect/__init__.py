"""Sources to accepted rows: decode, understand by a mapping, drop repeats, quarantine the rest."""
