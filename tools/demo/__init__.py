"""Several processes form a secret mesh and talk, and every message is accounted for."""
