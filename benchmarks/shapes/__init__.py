"""Training logs drawn from a seed: healthy ones that look like faults, and faulty ones."""
