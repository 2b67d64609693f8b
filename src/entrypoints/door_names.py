"""What the API can be divided into."""

DOORS = ("auth", "projects", "inbox", "media", "library")
