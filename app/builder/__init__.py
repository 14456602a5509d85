"""Networks of one's own: what a layer's form asks, edits of the structure, and where to start."""
