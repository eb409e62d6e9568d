"""Measure covey beside other implementations: each case in its own processes, alternating, several rounds."""
