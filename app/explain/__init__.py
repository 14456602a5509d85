"""Explanations of gradients: the engine's results as JSON figures and as sentences."""
