"""The mesh node: peers, groups, topics."""
