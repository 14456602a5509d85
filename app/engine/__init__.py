"""The network itself, in numpy alone: forward, backward, and every gradient taken apart."""
