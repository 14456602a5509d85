"""The network document: JSON to network, and what is wrong with it."""
