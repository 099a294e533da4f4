# syntax=docker/dockerfile:1
# One image for every role; ROLE says which part of the platform a container plays.

FROM node:24-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npx vite build -c console/vite.config.ts

FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages are a Node of their own and native helpers; the image has the one, and nothing needs the others.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
# tini: as process 1, Node could not be ended by its own watchdog.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /opt/yarn* \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY package.json ./
COPY core ./core
COPY memory ./memory
COPY journey ./journey
COPY channels ./channels
COPY traces ./traces
COPY agents ./agents
COPY graph ./graph
COPY evals ./evals
COPY server ./server
COPY cli ./cli
COPY workspace ./workspace
COPY --from=console /app/console/dist ./console/dist
ENV NODE_ENV=production PORT=3000 DATA_DIR=/data
USER node
# Used by the embedded database only; with DATABASE_URL nothing is written here, and the root may be read-only.
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=90s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "--disable-warning=ExperimentalWarning", "server/main.ts"]
