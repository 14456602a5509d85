"""A class of students, and pranksters among them, on a server of this machine."""
