"""Thousands of nodes on one segment, simulated with the engines that real nodes run: no I/O, no clock, a seed."""
