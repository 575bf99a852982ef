# The shop in an image without a shell: `docker build -t vitrina .`
#
# It listens to the world, so it needs an admin token: VITRINA_ADMIN_TOKEN_FILE (or VITRINA_ADMIN_TOKEN). Data lies in
# /data; nothing else is written, so the root may be read-only. docs/operating.md has the rest.

FROM rust:1.89-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin vitrina
# A volume takes over the owner of the folder that it covers.
RUN mkdir -p /image/data/uploads && cp target/release/vitrina /image/vitrina

# Nothing but glibc and libgcc; root certificates are in the program.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /image/vitrina /usr/local/bin/vitrina
COPY --from=build --chown=65532:65532 /image/data /data
ENV VITRINA_LISTEN=0.0.0.0:8080 \
    VITRINA_STORE=sqlite:/data/vitrina.db \
    VITRINA_UPLOADS=/data/uploads \
    VITRINA_LOG_FORMAT=json
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=9s --start-period=30s --retries=3 CMD ["/usr/local/bin/vitrina", "health"]
ENTRYPOINT ["/usr/local/bin/vitrina"]
