/** Ends a switch over a union: a kind nobody handles fails to compile. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled kind: ${String(value)}`);
}
