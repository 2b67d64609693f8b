"""Wheels of other projects that use the names of our packages, as an index has them."""

import zipfile
from pathlib import Path


def foreign_wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    """A wheel `name` 1.2.0 with these files, to be installed like any other."""
    metadata = f"{name}-1.2.0.dist-info"
    inside = {
        **files,
        f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.0\n",
        f"{metadata}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    inside[f"{metadata}/RECORD"] = "".join(f"{file},,\n" for file in [*inside, f"{metadata}/RECORD"])
    wheel = folder / f"{name}-1.2.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in inside.items():
            archive.writestr(file, text)
    return wheel
