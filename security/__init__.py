"""Who may talk and what is sealed: mechanisms, keys, secrets. Speaks bytes, imports no transport."""
