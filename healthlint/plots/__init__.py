"""Pictures drawn by matplotlib, which is asked for."""
