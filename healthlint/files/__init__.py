"""What may be read of a file, and how much memory that may take."""
