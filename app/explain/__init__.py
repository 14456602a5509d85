"""What the engine finds out about a gradient, as JSON figures and as sentences about them."""
