"""Links that hold the whole state of the page, and QR codes of them."""
