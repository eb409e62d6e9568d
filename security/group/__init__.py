"""Sealed multicast: every sender of a group has keys of its own (`docs/wire/sealed-multicast.md`)."""
