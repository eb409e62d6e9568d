"""Who belongs: certificates, revocation lists, permissions, and what people compare by eye."""
