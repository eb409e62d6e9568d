"""One file a verb; `covey.tools.main` loads the one that was asked for."""
