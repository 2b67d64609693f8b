"""The types Darkroom can name, each with the extension its files get."""

from dataclasses import dataclass

from domain.media_kinds import MediaKind


@dataclass(frozen=True, slots=True)
class MediaType:
    """A type as told by the bytes: its MIME name, its extension (lower case, no dot) and its kind."""

    mime: str
    extension: str
    kind: MediaKind


def _image(mime: str, extension: str) -> MediaType:
    return MediaType(mime, extension, MediaKind.IMAGE)


def _video(mime: str, extension: str) -> MediaType:
    return MediaType(mime, extension, MediaKind.VIDEO)


def _audio(mime: str, extension: str) -> MediaType:
    return MediaType(mime, extension, MediaKind.AUDIO)


def _file(mime: str, extension: str) -> MediaType:
    return MediaType(mime, extension, MediaKind.FILE)


JPEG = _image("image/jpeg", "jpg")
PNG = _image("image/png", "png")
GIF = _image("image/gif", "gif")
WEBP = _image("image/webp", "webp")
TIFF = _image("image/tiff", "tiff")
AVIF = _image("image/avif", "avif")
HEIC = _image("image/heic", "heic")
HEIF = _image("image/heif", "heif")
BMP = _image("image/bmp", "bmp")
ICO = _image("image/vnd.microsoft.icon", "ico")
CURSOR = _image("image/x-win-bitmap", "cur")
PSD = _image("image/vnd.adobe.photoshop", "psd")
JXL = _image("image/jxl", "jxl")
JXR = _image("image/jxr", "jxr")
JP2 = _image("image/jp2", "jp2")
J2K = _image("image/j2c", "j2k")
DDS = _image("image/vnd-ms.dds", "dds")
EXR = _image("image/x-exr", "exr")
QOI = _image("image/x-qoi", "qoi")
MNG = _image("image/x-mng", "mng")
CR2 = _image("image/x-canon-cr2", "cr2")
CR3 = _image("image/x-canon-cr3", "cr3")

MP4 = _video("video/mp4", "mp4")
M4V = _video("video/x-m4v", "m4v")
MOV = _video("video/quicktime", "mov")
THREE_GP = _video("video/3gpp", "3gp")
THREE_G2 = _video("video/3gpp2", "3g2")
WEBM = _video("video/webm", "webm")
MATROSKA = _video("video/x-matroska", "mkv")
AVI = _video("video/x-msvideo", "avi")
ASF = _video("video/x-ms-asf", "asf")
WMV = _video("video/x-ms-wmv", "wmv")
MPEG_TS = _video("video/mp2t", "ts")
MPEG = _video("video/mpeg", "mpg")
FLV = _video("video/x-flv", "flv")
OGG_VIDEO = _video("video/ogg", "ogv")

OGG_AUDIO = _audio("audio/ogg", "ogg")
MP3 = _audio("audio/mpeg", "mp3")
MP2 = _audio("audio/mpeg", "mp2")
WAV = _audio("audio/wav", "wav")
FLAC = _audio("audio/flac", "flac")
M4A = _audio("audio/mp4", "m4a")
AAC = _audio("audio/aac", "aac")
AIFF = _audio("audio/aiff", "aiff")
CAF = _audio("audio/x-caf", "caf")
MIDI = _audio("audio/midi", "mid")
AMR = _audio("audio/amr", "amr")
AMR_WB = _audio("audio/amr-wb", "awb")
WMA = _audio("audio/x-ms-wma", "wma")

OGG = _file("application/ogg", "ogx")
PDF = _file("application/pdf", "pdf")
POSTSCRIPT = _file("application/postscript", "ps")
RTF = _file("application/rtf", "rtf")
ZIP = _file("application/zip", "zip")
DOCX = _file("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")
XLSX = _file("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
PPTX = _file("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx")
EPUB = _file("application/epub+zip", "epub")
ODT = _file("application/vnd.oasis.opendocument.text", "odt")
ODS = _file("application/vnd.oasis.opendocument.spreadsheet", "ods")
ODP = _file("application/vnd.oasis.opendocument.presentation", "odp")
ODG = _file("application/vnd.oasis.opendocument.graphics", "odg")
APK = _file("application/vnd.android.package-archive", "apk")
JAR = _file("application/java-archive", "jar")
GZIP = _file("application/gzip", "gz")
SEVEN_ZIP = _file("application/x-7z-compressed", "7z")
RAR = _file("application/vnd.rar", "rar")
XZ = _file("application/x-xz", "xz")
ZSTD = _file("application/zstd", "zst")
LZ4 = _file("application/x-lz4", "lz4")
BZIP2 = _file("application/x-bzip2", "bz2")
TAR = _file("application/x-tar", "tar")
COMPOUND = _file("application/x-cfb", "cfb")
WOFF = _file("font/woff", "woff")
WOFF2 = _file("font/woff2", "woff2")
TTF = _file("font/ttf", "ttf")
OTF = _file("font/otf", "otf")
WASM = _file("application/wasm", "wasm")
ELF = _file("application/x-elf", "elf")
EXE = _file("application/vnd.microsoft.portable-executable", "exe")
SQLITE = _file("application/vnd.sqlite3", "sqlite")
HTML = _file("text/html", "html")
XML = _file("application/xml", "xml")
SVG = _file("image/svg+xml", "svg")
JSON = _file("application/json", "json")
PLAIN_TEXT = _file("text/plain", "txt")
CSV = _file("text/csv", "csv")
TAB_SEPARATED = _file("text/tab-separated-values", "tsv")
MARKDOWN = _file("text/markdown", "md")
YAML = _file("application/yaml", "yaml")
SUBTITLES = _file("text/vtt", "vtt")
UNKNOWN = _file("application/octet-stream", "bin")

IMAGE_TYPES_TAKEN = frozenset(known.mime for known in (JPEG, PNG, WEBP, GIF, TIFF, AVIF))
"""What the image door always takes."""

HEIC_TYPES = frozenset({HEIC.mime, HEIF.mime})
"""What it takes as well where a reader for them is installed."""

# Pictures, films and sound that browsers show without ever running what is in them.
_SHOWN_INLINE = (
    IMAGE_TYPES_TAKEN
    | HEIC_TYPES
    | {
        "video/mp4",
        "video/webm",
        "video/quicktime",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/wav",
        "audio/flac",
    }
)


def is_shown_inline(mime_type: str) -> bool:
    """Whether a browser may show it; everything else is for saving only."""
    return mime_type in _SHOWN_INLINE
