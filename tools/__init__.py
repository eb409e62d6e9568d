"""The command line, the agent and their views."""
