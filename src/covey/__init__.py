"""covey: programs on a network find each other and talk in secret."""
