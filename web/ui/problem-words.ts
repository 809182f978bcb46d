import { WireProblem } from '../wire/wire-problem';

/** What happened and what to do, by error code. What is not here says the server's own words. */
const words = new Map<string, string>([
  ['offline', 'RelayHub cannot be reached. Check your connection and try again.'],
  ['unavailable', 'RelayHub is busy. Try again in a moment.'],
  ['unexpected', 'Something went wrong. Reload the page and try again.'],
  ['bad_credentials', 'Wrong username or password. Check both and try again.'],
  ['username_taken', 'This username is taken. Try another one.'],
  ['weak_password', 'This password is too easy to guess. Use a longer or less common one.'],
  ['wrong_password', 'This is not your present password.'],
  ['banned', 'This account is banned.'],
  ['forbidden', 'You are not allowed to do this here.'],
  ['not_found', 'This is not there any more.'],
  ['too_large', 'This is too large. Pictures can have up to 12 MB, videos 50 MB, files 25 MB.'],
  ['unsupported_media_type', 'This is not what it seems to be. Try to send it as a file.'],
  ['media_damaged', 'This is damaged, or not what it seems to be. Choose another one.'],
  ['upload_lost', 'The upload was cut off. Check your connection and try again.'],
  ['media_not_ready', 'The upload got lost. Try again.'],
  ['room_full', 'This chat is full.'],
  ['role_required', 'Only owners and admins of the group can do this.'],
  ['last_owner', 'A group needs an owner. Make somebody else owner first.'],
  ['message_gone', 'This message is gone.'],
  ['already_opened', 'This was already opened on another device.'],
  ['lease_over', 'The time to open this is over.'],
  ['edit_window_over', 'It is too late to edit this message.'],
  ['edits_used_up', 'This message was edited too often already.'],
  ['too_many_reactions', 'This message has too many different reactions. Pick one of those it has.'],
]);

/** A sentence for the user about a failed call. */
export function problemWords(error: unknown): string {
  if (!(error instanceof WireProblem)) return codeWords('unexpected');
  if (error.code === 'rate_limited') return tooOften(error.retryAfterMs);
  if (error.code === 'invalid') {
    const [field] = error.fields;
    return field === undefined ? error.message : `${fieldName(field.path)} ${field.message}.`;
  }
  return words.get(error.code) ?? `${error.message}.`;
}

/** The same where only a code is known. */
export function codeWords(code: string): string {
  return words.get(code) ?? 'This did not work. Try again.';
}

function tooOften(retryAfterMs: number | null): string {
  if (retryAfterMs === null) return 'Too many attempts. Wait a moment and try again.';
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return `Too many attempts. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
}

function fieldName(path: string): string {
  const name = (path.split('.')[0] ?? '').replaceAll('_', ' ');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
