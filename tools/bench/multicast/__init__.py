"""Measure reliable multicast between hosts of a network that is made for it: covey, libzmq over OpenPGM, LCM."""
