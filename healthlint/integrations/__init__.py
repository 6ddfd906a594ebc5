"""What other tools take of healthlint: each module needs its tool, and none is imported here."""
