"""Links that hold a whole state of the page, and the codes that phones read them from."""
