"""`darkroom doctor`."""

from entrypoints.cli.options import DataDir, Json


def doctor(json: Json = False, data_dir: DataDir = None) -> None:
    """Check what Darkroom needs, and say what to do.

    Looks at settings, packages, disk, database, migrations, blob store (also as browsers see it), image engine and
    Redis.
    """
    from entrypoints.cli.doctor import check

    check(data_dir, as_json=json)
