"""Why two machines do not see each other: probes collect facts, judges turn facts into findings."""
