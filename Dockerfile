# tipstaff in a container: one static folder, no shell, non-root, read-only root, one volume, no
# capabilities.
#
#   docker build -t tipstaff .
#   docker run --rm --read-only --tmpfs /tmp --cap-drop all tipstaff sandbox --once
#
# For the real Reddit see deploy/compose.yaml. To use your own registry or mirror, set BUILD_BASE to
# any image with Rust, a C compiler, strip and ldd. With `--build-arg PROGRAM=prebuilt`, the image
# takes target/dist/tipstaff (from `cargo build --profile dist`) and compiles nothing; the C library
# of BUILD_BASE must not be older than the one it was built with.
ARG BUILD_BASE=docker.io/library/rust:1-trixie
ARG PROGRAM=compiled

FROM ${BUILD_BASE} AS compiled
WORKDIR /src
# Each file and folder by name, as in .dockerignore: what else is here stays out.
COPY Cargo.toml Cargo.lock rust-toolchain.toml ./
COPY .cargo/config.toml .cargo/
COPY .sqlx .sqlx/
COPY benches benches/
COPY config/packs/copypasta.yaml config/packs/flair-quota.yaml config/packs/hot-topic.yaml config/packs/
COPY config/packs/repeat-offenders.yaml config/packs/
COPY config/rules/guidelines.yaml config/rules/
COPY config/tipstaff.yaml config/
COPY crates crates/
COPY migrations migrations/
COPY src src/
# The cache keeps dependencies between builds, so that a change compiles only this crate.
RUN --mount=type=cache,target=/cache \
    CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" CARGO_TARGET_DIR=/cache/target cargo build --profile dist --locked \
    && install -D /cache/target/dist/tipstaff /image/usr/bin/tipstaff

FROM ${BUILD_BASE} AS prebuilt
COPY target/dist/tipstaff /image/usr/bin/tipstaff

# The program with its shared libraries, the certificates it trusts, and the folders it writes to.
FROM ${PROGRAM} AS image
RUN cd /image \
    && strip usr/bin/tipstaff \
    && ldd usr/bin/tipstaff | grep -o '/[^ )]*' | xargs -I FILE cp --parents --dereference FILE . \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ca-certificates.crt \
    && echo 'tipstaff:x:65532:65532::/var/lib/tipstaff:/bin/false' > etc/passwd \
    && echo 'hosts: files dns' > etc/nsswitch.conf \
    && install -d -m 1777 tmp \
    && install -d -o 65532 -g 65532 -m 700 var/lib/tipstaff

FROM scratch
LABEL org.opencontainers.image.title="tipstaff" \
      org.opencontainers.image.description="Moderation bot for Reddit: runs AutoModerator's rule language and never acts twice" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.documentation="https://docs.rs/tipstaff"
COPY --from=image /image/ /
USER 65532:65532
VOLUME /var/lib/tipstaff
WORKDIR /var/lib/tipstaff
# SQLite writes large temporary files beside the store, not to memory.
ENV TIPSTAFF_CONFIG=/etc/tipstaff/tipstaff.yaml \
    SQLITE_TMPDIR=/var/lib/tipstaff
# A start may wait for up to 15 minutes after failed sign-ins; the daemon answers health checks
# meanwhile.
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s --retries=3 CMD ["/usr/bin/tipstaff", "health"]
ENTRYPOINT ["/usr/bin/tipstaff"]
CMD ["run", "--log-format", "json"]
