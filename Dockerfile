# Not built in this project's CI; tests/test_containers.py checks its commands, settings and health check without Docker.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY fixtures fixtures
COPY mockserver mockserver
COPY conformance conformance
COPY loadtests loadtests
RUN python -m venv /opt/idmock && /opt/idmock/bin/pip install --no-cache-dir '.[redis]'

FROM python:3.12-slim
COPY --from=build /opt/idmock /opt/idmock
RUN useradd --system --uid 10001 --no-create-home idmock
USER idmock
WORKDIR /tmp
# Whoever reaches the port may call the vendors; /_idmock/ asks for a token, which IDMOCK_ADMIN_TOKEN sets.
ENV PATH=/opt/idmock/bin:$PATH IDMOCK_HOST=0.0.0.0 IDMOCK_PORT=4590 PYTHONUNBUFFERED=1
EXPOSE 4590
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:%s/_idmock/health' % os.environ['IDMOCK_PORT'], timeout=2)"]
ENTRYPOINT ["idmock"]
CMD ["serve"]
