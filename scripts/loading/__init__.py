"""Simulates a class of students, with pranksters among them, on a server of this machine."""
