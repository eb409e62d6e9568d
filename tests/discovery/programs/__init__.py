"""Small programs that tests start on hosts of the LAN; each speaks JSON lines."""
