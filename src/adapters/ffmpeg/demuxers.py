"""Which demuxer reads which type, and what it may open: the source, and nothing besides."""

from collections.abc import Mapping

from domain import media_types as t

_ISO = "mov,mp4,m4a,3gp,3g2,mj2"
_MATROSKA = "matroska,webm"

DEMUXERS: Mapping[str, str] = {
    **dict.fromkeys((m.mime for m in (t.MP4, t.M4V, t.MOV, t.THREE_GP, t.THREE_G2, t.M4A)), _ISO),
    **dict.fromkeys((m.mime for m in (t.WEBM, t.MATROSKA)), _MATROSKA),
    **dict.fromkeys((m.mime for m in (t.ASF, t.WMV, t.WMA)), "asf"),
    **dict.fromkeys((m.mime for m in (t.OGG, t.OGG_VIDEO, t.OGG_AUDIO)), "ogg"),
    **dict.fromkeys((m.mime for m in (t.MP3, t.MP2)), "mp3"),
    **dict.fromkeys((m.mime for m in (t.AMR, t.AMR_WB)), "amr"),
    t.AVI.mime: "avi",
    t.MPEG_TS.mime: "mpegts",
    t.MPEG.mime: "mpeg",
    t.FLV.mime: "flv",
    t.WAV.mime: "wav",
    t.FLAC.mime: "flac",
    t.AAC.mime: "aac",
    t.AIFF.mime: "aiff",
    t.CAF.mime: "caf",
}

CODECS = frozenset(
    [
        "h264",
        "hevc",
        "av1",
        "libdav1d",
        "vp8",
        "vp9",
        "libvpx",
        "libvpx-vp9",
        "mpeg4",
        "mpeg2video",
        "mpeg1video",
        "h263",
        "h263i",
        "flv",
        "theora",
        "vc1",
        "wmv1",
        "wmv2",
        "wmv3",
        "msmpeg4v1",
        "msmpeg4v2",
        "msmpeg4",
        "msmpeg4v3",
        "mjpeg",
        "png",
        "gif",
        "bmp",
        "tiff",
        "webp",
        "prores",
        "dnxhd",
        "dvvideo",
        "cinepak",
        "svq1",
        "svq3",
        "rv40",
        "ffv1",
        "huffyuv",
        "utvideo",
        "qtrle",
        "rawvideo",
        "v210",
    ]
)
"""Decoders that may make a poster; everything else is named and not run."""

SOUND_CODECS = frozenset(
    [
        "aac",
        "aac_latm",
        "mp3",
        "mp3float",
        "mp2",
        "mp2float",
        "mp1",
        "mp1float",
        "opus",
        "libopus",
        "vorbis",
        "libvorbis",
        "flac",
        "alac",
        "ac3",
        "eac3",
        "dca",
        "truehd",
        "amrnb",
        "amrwb",
        "wmav1",
        "wmav2",
        "wmapro",
        "wmalossless",
        "adpcm_ms",
        "adpcm_ima_wav",
        "adpcm_ima_qt",
        "adpcm_swf",
        "pcm_s8",
        "pcm_u8",
        "pcm_s16le",
        "pcm_s16be",
        "pcm_s24le",
        "pcm_s24be",
        "pcm_s32le",
        "pcm_s32be",
        "pcm_f32le",
        "pcm_f32be",
        "pcm_f64le",
        "pcm_f64be",
        "pcm_alaw",
        "pcm_mulaw",
        "speex",
        "nellymoser",
        "qdm2",
    ]
)
"""Decoders that may be asked what a sound is like, where its container does not say."""

# Names that point elsewhere are followed neither by demuxers of playlists (there are none on the list), nor by others
# that could open a second file or an address.
OPTIONS = {
    "protocol_whitelist": "file",
    "codec_whitelist": ",".join(sorted(CODECS | SOUND_CODECS)),
    "enable_drefs": "0",
    "use_absolute_path": "0",
}


def options_for(demuxer: str) -> dict[str, str]:
    """How this one is opened: no other may take its place, nor be asked for help."""
    iso_only = {"enable_drefs", "use_absolute_path"}
    told = {name: value for name, value in OPTIONS.items() if demuxer == _ISO or name not in iso_only}
    return {**told, "format_whitelist": demuxer}
