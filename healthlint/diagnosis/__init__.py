"""What an installation can do, and what is wrong with it."""
