"""libvips, loaded once with our safety settings; nothing else here imports pyvips by itself."""

import os

# libvips reads these while it loads. Two threads of one picture cost more than two pictures side by side.
os.environ["VIPS_BLOCK_UNTRUSTED"] = "1"
os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips

LOADERS = {
    "image/jpeg": "jpegload",
    "image/png": "pngload",
    "image/webp": "webpload",
    "image/gif": "gifload",
    "image/tiff": "tiffload",
    "image/avif": "heifload",
}

pyvips.cache_set_max(0)
pyvips.operation_block_set("VipsForeignLoad", True)
for _kind in ("Jpeg", "Png", "Webp", "Nsgif", "Tiff", "Heif"):
    pyvips.operation_block_set(f"VipsForeignLoad{_kind}", False)


def forget_errors() -> None:
    """Empty libvips' list of complaints: warnings about one picture stay there and would be told of the next."""
    pyvips.vips_lib.vips_error_clear()


__all__ = ["LOADERS", "forget_errors", "pyvips"]
