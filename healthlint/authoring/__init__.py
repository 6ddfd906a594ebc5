"""What people who write rules need: pages, lists, lint, traces on a log, new rules, schemas."""
