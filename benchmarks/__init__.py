"""How fast: the same work in this library, in its peers, and by hand in NumPy.

Run ``make bench``; what was found is in docs/benchmarks.md.
"""
