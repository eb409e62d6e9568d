"""Who is out there: media that report sightings, and the directory that remembers them."""
