/** Names that no public resolver answers, or answers with the machine itself. */
const privateNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|localdomain|arpa|test|invalid|example|onion)$/;
/** Ends in a top-level domain: so it is no address, since the URL parser writes each of those in digits or brackets. */
const publicName = /^([a-z0-9_-]+\.)+(xn--[a-z0-9-]+|[a-z]{2,})$/;
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether we may be told to send requests there: a push service, by HTTPS and by a public name, never an address or a host of
 * our own surroundings.
 * @param isLocal a deployment on this machine: loopback is allowed, also without TLS
 */
export function isPushEndpoint(text: string, isLocal: boolean): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  const { protocol, hostname, port } = url;
  if (isLocal && loopbackNames.has(hostname)) return protocol === 'http:' || protocol === 'https:';
  return protocol === 'https:' && port === '' && publicName.test(hostname) && !privateNames.test(hostname);
}
