"""What people read on a terminal: widths and escapes, colours, numbers, and words for them."""
