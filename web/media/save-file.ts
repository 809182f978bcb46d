/** Has the browser save what is behind an address. The name counts for addresses of this page alone; the store's say their own. */
export function saveFile(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  // An address of another origin must not take this page's place, whatever it answers.
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.click();
}
