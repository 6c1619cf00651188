import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, headless, which asks nothing of anyone but the page's server. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** A server on loopback: what it serves is at its address, without a slash. */
export interface Served {
  readonly address: string;
  readonly server: Server;
}

/** Serves the files that `fileOf` finds for paths of addresses; an empty page where it finds none for `/`. */
export function serve(fileOf: (path: string) => string): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = fileOf(pathname);
    const found = existsSync(file) && statSync(file).isFile();
    if (!found && pathname !== '/') return response.writeHead(404).end();
    response.setHeader('content-type', types[found ? extname(file) : '.html'] ?? 'application/octet-stream');
    if (found) createReadStream(file).pipe(response);
    else response.end('<!doctype html><title>heads</title>');
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      resolve({ server, address: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}` });
    }),
  );
}

/** Serves a folder as static servers do. */
export const serveFolder = (folder: string): Promise<Served> =>
  serve((path) => join(folder, path.endsWith('/') ? `${path}index.html` : path));
