"""What is too long for every run of the tests, each part by its name."""
