"""NOISE: covey's own mechanism, of the Noise Protocol Framework (revision 34); see `docs/wire/noise.md`."""
