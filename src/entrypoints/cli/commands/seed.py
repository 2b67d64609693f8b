"""`darkroom seed`."""

from entrypoints.cli.options import DataDir, Json


def seed(json: Json = False, data_dir: DataDir = None) -> None:
    """Put in demo people, a project and media.

    For trying things out, never where others sign in: the demo accounts have the same password everywhere. The media
    are pictures, a sound and a film, all drawn on the spot. The database is brought up to date first. Seeding twice
    adds nothing.
    """
    from entrypoints.cli.seed import put_in

    put_in(data_dir, as_json=json)
