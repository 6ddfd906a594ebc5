"""Truth over time: clocks, bins, changes and quantities that conditions are made of."""
