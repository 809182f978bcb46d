import { spawn } from 'node:child_process';
import { root, toolEnv } from './process.mjs';

const defaultPort = 8787;

/**
 * Runs programs side by side until the first ends or we are told to stop; then ends the others.
 * @param {[string, ...string[]][]} commands
 * @returns {Promise<number>} 0 when told to stop, else the first one's exit code
 */
export async function runTogether(commands) {
  let isStopping = false;
  const children = commands.map(([command, ...args]) =>
    spawn(command, args, { cwd: root, env: toolEnv, stdio: ['ignore', 'inherit', 'inherit'] }),
  );
  const stop = () => {
    isStopping = true;
    for (const child of children) child.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const ends = children.map(
    (child) => new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)).on('error', () => resolve(1))),
  );
  const code = await Promise.race(ends);
  const wasStopped = isStopping;
  stop();
  await Promise.all(ends);
  return wasStopped ? 0 : code;
}

/** Where it is served: port 8787, or PORT. */
function localPort() {
  const port = Number(process.env.PORT || defaultPort);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('PORT must be a number from 1 to 65535');
  return port;
}

export function localOrigin() {
  return `http://localhost:${localPort()}`;
}

/**
 * The command that serves everything on this machine. PORT moves it, RELAYHUB_LIMIT_FACTOR loosens the limits [LIMIT-1].
 * @returns {[string, ...string[]]}
 */
export function serverCommand() {
  const port = localPort();
  /** @type {Record<string, string>} */
  const vars = {};
  if (port !== defaultPort) {
    // The Worker must know its own address: tokens name it, and the S3 store is behind it.
    vars.APP_ORIGIN = localOrigin();
    vars.S3_ENDPOINT = `${localOrigin()}/cdn-cgi/local/r2/s3`;
  }
  const factor = process.env.RELAYHUB_LIMIT_FACTOR;
  if (factor) vars.RELAYHUB_LIMIT_FACTOR = factor;
  const varArgs = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  return ['wrangler', 'dev', '--port', String(port), '--inspector-port', '0', '--show-interactive-dev-session=false', ...varArgs];
}
