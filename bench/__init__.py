"""Benchmarks: figures as ratios to a peer in the same run. `./dev bench [name ...]` runs them."""
