"""The beginnings of films, sounds and others."""

FILM = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + bytes(500)
OTHER_FILM = FILM + b"longer"
SOUND = b"RIFF\x24\x08\0\0WAVEfmt " + bytes(100)
