"""Tests of rules: data beside the packs, and the runner that judges them."""
