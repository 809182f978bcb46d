import { compatibilityDate } from './workerd.mjs';

/** @type {Record<string, string>} */
const moduleKinds = { js: 'esModule', wasm: 'wasm', sql: 'text' };

/**
 * A workerd configuration: one Worker on a free port of the loopback, its Durable Objects in SQLite on disk.
 *
 * @param {object} worker
 * @param {string[]} worker.modules file names beside the configuration; the first is the entry
 * @param {Record<string, string>} worker.objects class name of each Durable Object by its binding
 * @param {Record<string, string>} [worker.texts] value of each text binding
 * @param {Record<string, string>} [worker.databases] entry module of the service behind each D1 binding
 * @param {boolean} [worker.callsLoopback] whether it may call servers of this machine
 * @param {string} dataDirectory absolute
 */
export function workerdConfig({ modules, objects, texts = {}, databases = {}, callsLoopback = false }, dataDirectory) {
  const bindings = [
    ...Object.entries(objects).map(([name, kind]) => `(name = ${quote(name)}, durableObjectNamespace = ${quote(kind)})`),
    ...Object.entries(texts).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`),
    ...Object.keys(databases).map(
      (name) =>
        `(name = ${quote(name)}, wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = ${quote(name)})]))`,
    ),
  ];
  const namespaces = Object.values(objects).map(
    (kind) => `(className = ${quote(kind)}, uniqueKey = ${quote(`bench-${kind}`)}, enableSql = true)`,
  );
  const services = Object.entries(databases).map(
    ([name, file]) =>
      `(name = ${quote(name)}, worker = (compatibilityDate = ${quote(compatibilityDate)}, modules = [${moduleEntry(file)}]))`,
  );
  if (callsLoopback) services.push('(name = "internet", network = (allow = ["local", "private"]))');
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ${[`(name = "main", worker = .main)`, `(name = "disk", disk = (path = ${quote(dataDirectory)}, writable = true))`, ...services].join(',\n    ')}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);

const main :Workerd.Worker = (
  compatibilityDate = ${quote(compatibilityDate)},
  modules = [
    ${modules.map(moduleEntry).join(',\n    ')}
  ],
  durableObjectNamespaces = [
    ${namespaces.join(',\n    ')}
  ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    ${bindings.join(',\n    ')}
  ]
);
`;
}

/** @param {string} file */
function moduleEntry(file) {
  const kind = moduleKinds[file.slice(file.lastIndexOf('.') + 1)];
  if (kind === undefined) throw new Error(`Unknown kind of module: ${file}`);
  return `(name = ${quote(file)}, ${kind} = embed ${quote(file)})`;
}

/** JSON's escapes are among those of Cap'n Proto for the texts at hand: ASCII without control characters. @param {string} text */
function quote(text) {
  return JSON.stringify(text);
}
