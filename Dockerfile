# Not built in this project's CI. What was run, and with which base image, stands in docs/ci.md; tests/test_containers.py
# checks commands, settings and health check without Docker.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY fixtures fixtures
COPY mockserver mockserver
COPY conformance conformance
COPY loadtests loadtests
RUN python -m venv /opt/idmock && /opt/idmock/bin/pip install --no-cache-dir '.[redis,tls]'

FROM python:3.12-slim
COPY --from=build /opt/idmock /opt/idmock
# The folder takes the authority that `serve --tls` and `proxy` make, whoever `--user` says they run as; a volume keeps it.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin idmock \
  && install --directory --mode=1777 /var/lib/idmock
USER idmock
WORKDIR /tmp
# Whoever reaches the port may call the vendors; /_idmock/ asks for a token, which IDMOCK_ADMIN_TOKEN sets.
ENV PATH=/opt/idmock/bin:$PATH IDMOCK_HOST=0.0.0.0 IDMOCK_PORT=4590 IDMOCK_TLS_DIR=/var/lib/idmock PYTHONUNBUFFERED=1
EXPOSE 4590
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=5s --retries=3 \
  CMD ["python", "-m", "mockserver.healthcheck"]
ENTRYPOINT ["idmock"]
CMD ["serve"]
