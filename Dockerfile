# syntax=docker/dockerfile:1

# One base for every stage: better-sqlite3's binary, fetched or compiled, is of this libc and this Node. Of the versions that
# better-sqlite3 12 and package.json's "engines" allow, 20 no longer gets security fixes.
FROM node:22-bookworm-slim AS base
WORKDIR /app

# What runs. In a stage of its own, so that a change of the code compiles nothing native again.
FROM base AS modules
# better-sqlite3 is compiled where no prebuilt binary can be had; Node's own headers serve for it.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
ENV npm_config_nodedir=/usr/local
COPY package.json package-lock.json .npmrc ./
# Left out: the sources of SQLite and what compiling them leaves behind, and the type declarations.
RUN npm ci --omit=dev --no-audit --no-fund \
  && find node_modules/better-sqlite3/deps node_modules/better-sqlite3/src node_modules/better-sqlite3/build -type f \
    ! -path '*/Release/better_sqlite3.node' -delete \
  && find node_modules -name '*.d.ts' -type f -delete

FROM base AS build
COPY package.json package-lock.json .npmrc ./
# The compiler comes as a package; nothing of the build itself needs an install script.
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json nest-cli.json .swcrc ./
COPY src src
RUN npm run build

FROM base
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
# The only place that it writes to: the file system may be read-only.
RUN install -d -o node -g node -m 700 /data
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
# By number, so that whoever runs it can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself gets SIGTERM, and drains.
# As in the start script of package.json.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--v8-pool-size=1", "dist/cli.js"]
CMD ["serve"]
