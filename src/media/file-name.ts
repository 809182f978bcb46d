import { maxFileNameBytes } from '../protocol/limits';

const utf8 = new TextEncoder();
/** Longer ones are no extensions. */
const maxExtensionLength = 16;

/**
 * A file's name as it may be shown and saved [MEDIA-1]: without paths, control characters, and invisible marks, of which those
 * that turn the reading direction make `gpj.exe` of `exe.jpg`. Never empty, 200 bytes at most, the extension kept.
 */
export function cleanFileName(name: string): string {
  const last = name.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const visible = last
    // Of the invisible marks one joins emoji.
    .replace(/[\p{Cc}\p{Cn}\p{Co}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  return visible === '' ? 'file' : shorten(visible);
}

function shorten(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= maxExtensionLength ? name.slice(dot) : '';
  const room = maxFileNameBytes - utf8.encode(extension).length;
  const stem = Array.from(name.slice(0, name.length - extension.length));
  let bytes = 0;
  const kept = stem.findIndex((char) => {
    bytes += utf8.encode(char).length;
    return bytes > room;
  });
  return (kept === -1 ? stem : stem.slice(0, kept)).join('') + extension;
}
