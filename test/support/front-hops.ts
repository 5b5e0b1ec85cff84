/** HAProxy and nginx as front hops of a gateway: real processes that log what they passed on. Absent on many machines. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { type TestScope, temporaryFolder } from './start-gateway.ts'
import { ward } from './warden.ts'

export interface FrontHop {
  readonly port: number
  /** Requests that it has passed on to the gateway. It is stopped first, so that its log is whole. */
  passedOn(): Promise<number>
}

interface Manner {
  readonly command: string
  readonly words: (folder: string) => readonly string[]
  readonly config: (folder: string, port: number, gateway: number) => string
  /** Whether a line of its log is a request that it passed on. */
  readonly isPassedOn: RegExp
}

const LOG = 'access.log'

const MANNERS: Readonly<Record<'haproxy' | 'nginx', Manner>> = {
  haproxy: {
    command: 'haproxy',
    words: (folder) => ['-db', '-f', join(folder, 'front.cfg')],
    config: (_, port, gateway) => `
global
  log stdout format raw local0
defaults
  mode http
  log global
  log-format "%s %ST"
  retries 0
  timeout connect 2s
  timeout client 1s
  timeout http-request 1s
  timeout http-keep-alive 300ms
  timeout server 2s
frontend front
  bind 127.0.0.1:${port}
  default_backend gateway
backend gateway
  server gateway 127.0.0.1:${gateway}
`,
    isPassedOn: /^gateway /,
  },
  nginx: {
    command: 'nginx',
    words: (folder) => ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'front.cfg')],
    config: (folder, port, gateway) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  log_format upstream '$upstream_addr $status';
  access_log ${folder}/${LOG} upstream;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_header_timeout 1s;
  client_body_timeout 1s;
  keepalive_timeout 300ms;
  upstream gateway { server 127.0.0.1:${gateway}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    location / {
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
    }
  }
}
`,
    isPassedOn: /^127\.0\.0\.1:\d+ /,
  },
}

export type FrontHopName = keyof typeof MANNERS

export function isInstalled(name: FrontHopName): boolean {
  return spawnSync(MANNERS[name].command, ['-v']).status === 0
}

/** Starts it in front of the gateway's southbound port; `config` in place of one that logs what it passed on. */
export async function startFrontHop(
  t: TestScope,
  name: FrontHopName,
  gateway: number,
  config: Manner['config'] = MANNERS[name].config,
): Promise<FrontHop> {
  const { command, words, isPassedOn } = MANNERS[name]
  const folder = await temporaryFolder(t)
  const port = await freePort()
  await writeFile(join(folder, 'front.cfg'), config(folder, port, gateway))
  await writeFile(join(folder, LOG), '')
  const child = ward(spawn(command, words(folder), { stdio: ['ignore', 'pipe', 'ignore'] }))
  const ended = once(child, 'close')
  let log = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  t.teardown(() => child.kill('SIGKILL'))
  await untilListening(port)
  return {
    port,
    async passedOn() {
      child.kill('SIGTERM')
      await ended
      const lines = `${log}${await readFile(join(folder, LOG), 'utf8')}`.split('\n')
      return lines.filter((line) => isPassedOn.test(line)).length
    },
  }
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
