"""The tests and measurements that are too long for every run, in parts."""
