"""From identifiers to persons: which identifiers exist, how they are written, and who is who."""
