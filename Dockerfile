ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
RUN python -m venv /opt/darkroom
# The libraries change seldom and the source often, so they are layers of their own. HEIC and traces come along.
COPY requirements-image.lock requirements-build.lock ./
RUN /opt/darkroom/bin/pip install --no-deps --require-hashes -r requirements-image.lock \
    && pip install --no-deps --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY src src
RUN pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /opt/darkroom/bin/pip install --no-index --no-deps /wheel/*.whl

FROM ${PYTHON}
LABEL org.opencontainers.image.title="Darkroom" \
    org.opencontainers.image.description="A self-hosted media service" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.source="https://github.com/darkroom-media/darkroom"
# For IMAGE_ENGINE=imagemagick: docker build --build-arg SYSTEM_PACKAGES=libmagickwand-6.q16-6 .
# For metadata by exiftool:     docker build --build-arg SYSTEM_PACKAGES=libimage-exiftool-perl .
ARG SYSTEM_PACKAGES=""
RUN if [ -n "$SYSTEM_PACKAGES" ]; then \
        apt-get update \
        && apt-get install -y --no-install-recommends $SYSTEM_PACKAGES \
        && rm -rf /var/lib/apt/lists/*; \
    fi \
    && useradd --system --uid 10001 --no-create-home darkroom \
    && install -d -o darkroom -g darkroom /data
COPY --from=build /opt/darkroom /opt/darkroom
ENV PATH=/opt/darkroom/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER darkroom
WORKDIR /data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health', timeout=4)"]
# No shell in between: the program is process 1 and gets the signals itself.
ENTRYPOINT ["darkroom"]
CMD ["up"]
