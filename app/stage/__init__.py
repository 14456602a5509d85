"""What the page draws of a trace: grids, steps, windows, layout and settings."""
