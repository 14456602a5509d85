"""The network in numpy alone: forward pass, backward pass, and the terms of each gradient."""
