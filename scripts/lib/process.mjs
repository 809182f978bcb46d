import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** The project's own directory, whatever the current one is. */
export const root = join(import.meta.dirname, '../..');

/**
 * The environment of every tool: the project's own Node first, since wrangler and vite refuse older ones,
 * and wrangler told to stay off the network and to ask nothing.
 */
export const toolEnv = {
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
};

/**
 * Runs a program in the project's directory and gives its exit code; 1 when a signal ended it.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').StdioOptions} [stdio] nothing to read by default: no tool may wait for an answer
 * @returns {Promise<number>}
 */
export function run(command, args, stdio = ['ignore', 'inherit', 'inherit']) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: toolEnv, stdio });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * Starts a program that runs until it is stopped.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').StdioOptions} [stdio]
 */
export function start(command, args, stdio = ['ignore', 'inherit', 'inherit']) {
  const child = spawn(command, args, { cwd: root, env: toolEnv, stdio });
  const ended = new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
  return {
    /** Resolves once it has ended. */
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/**
 * Runs a step whose output matters only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<void>}
 * @throws Error when it fails, after printing what it said
 */
export function runQuietly(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: toolEnv, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new Error(`${command} ${args.join(' ')} failed`));
    });
  });
}

/**
 * Runs a script's steps and makes a failure one line and an exit code.
 * @param {() => Promise<number | void>} main its number becomes the exit code
 */
export async function exitWith(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
