/** Ends a switch over a union: the compiler proves that no case was forgotten. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected case: ${typeof value}`);
}
