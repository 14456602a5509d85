"""Building one's own network: forms for layers, edits of the structure, starting points."""
